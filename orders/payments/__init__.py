"""Payments behind a small port: who acquires them is chosen by data, or by settings where there is none."""

import os
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from orders.models import Payment, PaymentAccount, TenderType
from orders.payments.byhand import ByHandGateway
from orders.payments.port import CardGateway

__all__ = ["CardGateway", "gateway", "gateway_for", "gateway_of", "gateway_of_account", "webhook_secrets"]


@cache
def gateway() -> CardGateway:
    """The gateway that `CARD_GATEWAY` names, one a process: it keeps its connections."""
    made: CardGateway = import_string(settings.CARD_GATEWAY)()
    return made


def gateway_of(payment: Payment) -> CardGateway:
    """The gateway that a payment goes by; its tender type and its account are read with it."""
    return gateway_for(payment.tender_type.kind, payment.account)


def gateway_for(kind: str, account: PaymentAccount | None) -> CardGateway:
    if kind == TenderType.Kind.BANK_TRANSFER:
        return ByHandGateway()
    return gateway() if account is None else gateway_of_account(account)


def gateway_of_account(account: PaymentAccount) -> CardGateway:
    """One a process and key: a key that was changed in the environment takes a restart anyway."""
    # Another root than Stripe's own is for tests alone.
    return _stripe(_secret("STRIPE_SECRET_KEY", account), os.environ.get("STRIPE_URL", ""))


def webhook_secrets(account: PaymentAccount) -> list[str]:
    """Several, separated by commas, while one is being replaced by the next."""
    return [secret for secret in _secret("STRIPE_WEBHOOK_SECRET", account).split(",") if secret]


def _secret(name: str, account: PaymentAccount) -> str:
    """Of the environment, as `STRIPE_SECRET_KEY_EC_MAIN` for the account `ec-main`; empty: there is none."""
    return os.environ.get(f"{name}_{account.code.upper().replace('-', '_')}", "")


@cache
def _stripe(key: str, url: str) -> CardGateway:
    from orders.payments.stripe import StripeGateway

    return StripeGateway(key=key, url=url)
