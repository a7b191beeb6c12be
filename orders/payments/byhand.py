"""
Money that comes without an acquirer: a bank transfer in advance, which staff find on the statement.

Nobody can be asked, so a payment waits until its time is over or somebody records it.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from orders.payments.port import Action, Charge, ListedCharge, RequestRefused, Wanted

KIND = "bank-transfer"


class ByHandGateway:
    def prepare(self, wanted: Wanted) -> str:
        return ""

    def charge(
        self,
        *,
        payment_id: UUID,
        amount: Decimal,
        currency: str,
        token: str,
        capture: bool = True,
        reference: str = "",
    ) -> Action:
        return Action(reference, KIND)

    def find_charge(self, *, payment_id: UUID, reference: str = "") -> Action:
        return Action(reference, KIND)

    def close_charge(self, *, payment_id: UUID, reference: str = "") -> None:
        """None: what is transferred afterwards is recorded as late, and given back."""
        return

    def capture(self, *, payment_id: UUID, reference: str, amount: Decimal, currency: str) -> Charge:
        raise RequestRefused("nothing-authorised")

    def void(self, *, payment_id: UUID, reference: str) -> Charge:
        raise RequestRefused("nothing-authorised")

    def refund(self, *, refund_id: UUID, reference: str, amount: Decimal, currency: str) -> str:
        raise RequestRefused("by-bank-transfer")

    def find_refund(self, *, refund_id: UUID, reference: str) -> str | None:
        return None

    def refund_failure(self, *, reference: str) -> str:
        return ""

    def list_charges(self, *, since: datetime) -> Iterator[ListedCharge]:
        return iter(())
