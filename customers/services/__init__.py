"""Writes of customers: records, identities, accounts, links and merges."""

from customers.selectors import find_member
from customers.services.accounts import ensure_customer_for, prove_email
from customers.services.register import (
    Claimed,
    NewCustomer,
    Profile,
    add_identity,
    register_customer,
    register_customers,
)

__all__ = [
    "Claimed",
    "NewCustomer",
    "Profile",
    "add_identity",
    "ensure_customer_for",
    "find_member",
    "prove_email",
    "register_customer",
    "register_customers",
]
