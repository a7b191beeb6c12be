"""What is refused of invoices and receipts. Every class names a fact; its data says of what."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, DomainError, Refused


class NotInvoiced(Conflict):
    """Nothing can be issued for `order` in its `state`, or it has no invoice to take back from."""

    code = "not-invoiced"
    title = _("There is nothing to issue this document for.")


class InvoiceByChannel(Conflict):
    """The channel issues the invoice of `order`; a second one of ours would be wrong."""

    code = "invoice-by-channel"
    title = _("The channel where it was bought issues this document.")


class AlreadyInvoiced(Conflict):
    """`document` stands for this part of the order, of another kind or for another addressee."""

    code = "already-invoiced"
    title = _("Another document has been issued for this.")


class RegistrationNumberInvalid(Refused):
    """`company` has a `registration_number` that can't be printed on an invoice."""

    code = "registration-number-invalid"
    title = _("The seller's invoice registration number is not valid.")


class ReceiptAbovePaid(Refused):
    """`requested` is more than what was paid and has no receipt yet: `most`."""

    code = "receipt-above-paid"
    title = _("That is more than was paid and has no receipt yet.")


class DocumentVoid(Conflict):
    """`document` has been voided."""

    code = "document-void"
    title = _("This document has been voided.")


class DocumentRelied(Conflict):
    """`document` can't be voided while `by` stand, which belong to it."""

    code = "document-relied-on"
    title = _("Other documents belong to this one; void them first.")


class FontMissing(DomainError):
    """No font for documents is installed where `path` says, so no PDF can be made; HTML can."""

    code = "document-font-missing"
    status = 503
    title = _("No font for documents is installed here.")
