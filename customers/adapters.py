"""What allauth asks of us, and what it tells us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest
from django.utils.translation import get_language

from customers import services
from omni.core import clock
from organisation.models import User


class AccountAdapter(DefaultAccountAdapter):
    """
    Shoppers sign up openly; staff are made by staff.

    The customer record of a new account is made by the first request that needs it
    (`ensure_customer_for`), whichever way the account came to be.
    """

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep the language that the shopper signed up in."""
        user.language = (get_language() or user.language).split("-")[0]
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """An address proven to allauth is a verified identity of the customer."""
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            services.prove_email(user=email_address.user, email=email_address.email, now=clock.now())
        return confirmed
