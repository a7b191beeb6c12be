"""Gateways for a process that is to be stopped on the way to its acquirer."""

import os
import time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from orders.payments.port import Charge
from orders.payments.sandbox import SandboxGateway


class StalledGateway(SandboxGateway):
    """
    A network that keeps a charge on its way until told to let it through.

    `STALL` names a directory: `called` appears there when the charge has left, `let-through` lets it
    arrive, and `charged` says that the acquirer has answered. Nobody hears the answer: it is killed.
    """

    def charge(
        self,
        *,
        payment_id: UUID,
        amount: Decimal,
        currency: str,
        token: str,
        capture: bool = True,
        reference: str = "",
    ) -> Charge:
        stall = Path(os.environ["STALL"])
        (stall / "called").touch()
        while not (stall / "let-through").exists():
            time.sleep(0.01)
        try:
            charge = super().charge(payment_id=payment_id, amount=amount, currency=currency, token=token)
        finally:
            (stall / "charged").touch()
        time.sleep(60)
        return charge
