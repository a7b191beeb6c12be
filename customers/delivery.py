"""The port through which a one-time code reaches a member, and its delivery by e-mail."""

from datetime import datetime
from typing import Protocol

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

logger = structlog.get_logger(__name__)


class CodeDelivery(Protocol):
    def deliver(self, *, to: str, code: str, language: str, expires_at: datetime) -> None:
        """Bring the code to the address `to`; raise what the carrier raises."""


class EmailDelivery:
    """By Django's mail: the backend of EMAIL_BACKEND."""

    def deliver(self, *, to: str, code: str, language: str, expires_at: datetime) -> None:
        with translation.override(language):
            until = timezone.localtime(expires_at)
            body = _(
                "Your code to link the member card is %(code)s.\n"
                "It can be used until %(until)s.\n"
                "If you did not ask for it, do nothing."
            ) % {"code": code, "until": f"{until:%Y-%m-%d %H:%M}"}
            send_mail(_("Code to link your member card"), body, None, [to])


def deliver_code(*, to: str, code: str, language: str, expires_at: datetime) -> None:
    """
    Deliver by the carrier that LINK_CODE_DELIVERY names.

    A carrier's failure is logged and not told: it would tell that the member number exists. The
    shopper asks for another code, as when a mail is lost on its way.
    """
    carrier: CodeDelivery = import_string(settings.LINK_CODE_DELIVERY)()
    try:
        carrier.deliver(to=to, code=code, language=language, expires_at=expires_at)
    except Exception as error:
        # By its kind alone: what a carrier says names the address.
        logger.error("customers.link-code-undelivered", error=type(error).__name__)
