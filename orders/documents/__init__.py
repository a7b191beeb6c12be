"""Invoices and receipts: what they say, worked out and rendered without the database."""
