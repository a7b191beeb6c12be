"""The month-end: closing stock by the company's method, balances kept, later entries kept out."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from inventory import errors, selectors_value
from inventory.models import Closing, ClosingRatio, CostMethod
from inventory.services.costs import own
from inventory.services.revaluing import LAST_PURCHASE, RATIOS, RETAIL
from inventory.services.valuation import hold_cursor, next_month
from omni.core import db, idempotency, money, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from organisation.models import Company

# An entry that is not there yet comes late, whatever its date: nobody has to be waited for.
UNVALUED = """
SELECT count(*)
FROM inventory_stockentry AS entry
JOIN organisation_location AS location ON location.id = entry.location_id
WHERE entry.id > %(after)s::bigint AND entry.bucket = 'ON_HAND'
  AND location.company_id = %(company)s::bigint AND entry.business_date < %(next_month)s::date
"""

WRITE_LINES = f"""
INSERT INTO inventory_closingline
    (closing_id, location_id, brand_id, owner_id, quantity, value, purchases, cost_of_sales, other)
SELECT %(closing)s::bigint, line.location_id, line.brand_id, line.owner_id, line.quantity, line.value,
       line.purchases, line.cost_of_sales, line.other
FROM ({selectors_value.LINES}) AS line
ORDER BY line.location_id, line.brand_id, line.owner_id
"""


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """What a month was closed at."""

    closing_id: int
    company: str
    month: date
    method: str
    quantity: int
    value: Decimal
    cost_of_sales: Decimal


def close_month(*, company_id: int, month: date, claim: Claim, actor: Actor, now: datetime) -> ClosedMonth:
    """
    Close a month (named by its first day) of a company: value its stock by the company's method,
    keep the balances by shop, brand and owner, and post what comes late to the next month.

    Raises:
        ClaimInFlight, ClaimMismatch
        MonthNotOver: it is not over where we are.
        MonthNotNext: it is closed, or one before it is still open.
        ValuationBehind: entries of the month are not valued yet, or are being valued just now.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=ClosedMonth):
            return replayed
        company = Company.objects.get(pk=company_id)
        _refuse_early(month, now)
        _hold(company, month)
        policy = selectors_value.find_policy(company, month)
        method = policy.method if policy else CostMethod.MOVING_AVERAGE
        params = _params(company, month, policy, now)
        ratios = _revalue(method, params)
        closing = _write(company, month, method, params, actor=actor, now=now)
        ClosingRatio.objects.bulk_create(ClosingRatio(closing=closing, **ratio) for ratio in ratios)
        return idempotency.settle(claim, _answer(company, closing), now=now)


def _refuse_early(month: date, now: datetime) -> None:
    if month.day != 1 or next_month(month) > now.astimezone(ZoneInfo(settings.TIME_ZONE)).date():
        raise errors.MonthNotOver(month=f"{month:%Y-%m}")


def _hold(company: Company, month: date) -> None:
    """Keep the valuation from going on meanwhile, and see that the month is complete and the next one."""
    cursor = hold_cursor()
    if cursor is None:
        raise errors.ValuationBehind(company=company.code, waiting=None)
    last = Closing.objects.filter(company=company).order_by("-month").first()
    if last and month != next_month(last.month):
        raise errors.MonthNotNext(month=f"{month:%Y-%m}", next=f"{next_month(last.month):%Y-%m}")
    [[waiting]] = sql.fetch_all(
        UNVALUED, {"after": cursor.entry_id, "company": company.pk, "next_month": next_month(month)}
    )
    if waiting:
        raise errors.ValuationBehind(company=company.code, waiting=waiting)


def _params(company: Company, month: date, policy: Any, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(settings.TIME_ZONE)
    currency = policy.currency if policy else "JPY"
    after = next_month(month)
    return {
        "company": company.pk,
        "month": month,
        "next_month": after,
        "opening_at": datetime(month.year, month.month, 1, tzinfo=zone),
        "closing_at": datetime(after.year, after.month, 1, tzinfo=zone),
        "zone": settings.TIME_ZONE,
        "currency": currency,
        "exponent": money.exponent(currency),
        "own": own().pk,
        "channel": policy.price_channel_id if policy else None,
        "now": now,
    }


def _revalue(method: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Post what brings closing stock to the method's value; answer the departments' ratios."""
    if method == CostMethod.LAST_PURCHASE:
        sql.fetch_all(LAST_PURCHASE, params)
    if method != CostMethod.RETAIL:
        return []
    names = (
        "department_id",
        "opening_cost",
        "opening_retail",
        "purchases_cost",
        "purchases_retail",
        "closing_retail",
        "ratio",
        "closing_cost",
    )
    ratios = [dict(zip(names, row, strict=True)) for row in sql.fetch_all(RATIOS, params)]
    arrays = {
        "departments": sql.integers(ratio["department_id"] for ratio in ratios),
        "ratios": sql.array([ratio["ratio"] for ratio in ratios]),
    }
    sql.fetch_all(RETAIL, {**params, **arrays})
    return ratios


def _write(
    company: Company, month: date, method: str, params: dict[str, Any], *, actor: Actor, now: datetime
) -> Closing:
    value = selectors_value.get_stock_value(company=company, month=month).total
    closing = Closing.objects.create(
        company=company,
        month=month,
        method=method,
        currency=params["currency"],
        quantity=value.quantity,
        value=value.value,
        cost_of_sales=value.cost_of_sales,
        closed_at=now,
        actor=str(actor),
    )
    sql.fetch_all(WRITE_LINES, {**params, "closing": closing.pk})
    return closing


def _answer(company: Company, closing: Closing) -> ClosedMonth:
    return ClosedMonth(
        closing.pk,
        company.code,
        closing.month,
        closing.method,
        closing.quantity,
        closing.value,
        closing.cost_of_sales,
    )
