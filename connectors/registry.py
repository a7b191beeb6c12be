"""The kinds of connection, each with its connector."""

from connectors.models import Connection
from connectors.ports import Connector
from connectors.webhook import WebhookConnector

CONNECTORS: dict[str, Connector] = {Connection.Kind.WEBHOOK.value: WebhookConnector()}


def connector_of(connection: Connection) -> Connector:
    return CONNECTORS[connection.kind]
