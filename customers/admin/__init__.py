"""Staff screens of customers: found by name, kana, phone, e-mail or member number."""

from customers.admin import customers as customers
from customers.admin import identities as identities
