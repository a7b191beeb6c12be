"""Staff screens of connections: what each was told, what failed, and what is done about it."""

from connectors.admin import connections as connections
from connectors.admin import deliveries as deliveries
from connectors.admin import failures as failures
