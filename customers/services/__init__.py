"""Writes of customers: records, identities, accounts, links and merges."""

from customers.selectors import find_member
from customers.services.accounts import ensure_customer_for, prove_email
from customers.services.addresses import AddressAdded, AddressForm, add_address, archive_address
from customers.services.link import Linked, LinkRequested, confirm_link, request_link
from customers.services.merge import merge_customers, unmerge_customer
from customers.services.profile import change_profile, update_profile
from customers.services.register import (
    Claimed,
    NewCustomer,
    Profile,
    add_identity,
    register_customer,
    register_customers,
)

__all__ = [
    "AddressAdded",
    "AddressForm",
    "Claimed",
    "LinkRequested",
    "Linked",
    "NewCustomer",
    "Profile",
    "add_address",
    "add_identity",
    "archive_address",
    "change_profile",
    "confirm_link",
    "ensure_customer_for",
    "find_member",
    "merge_customers",
    "prove_email",
    "register_customer",
    "register_customers",
    "request_link",
    "unmerge_customer",
    "update_profile",
]
