"""What earning and spending read does not grow with the number of members."""

import pytest
from django.db import connection

from customers.models import Customer
from loyalty.models import PointAccount, Programme
from loyalty.services import earn, spend
from omni.core import sql
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("statement", [earn.ACCRUE, spend.BURN, spend.WITHDRAW])
def test_the_programmes_own_account_is_found_among_those_of_many_members(statement: str) -> None:
    fill_accounts(factories.programme(), members=2000)

    plan = kept_plan(statement)

    assert "Index Scan using one_account_per_kind on loyalty_pointaccount own" in plan
    assert "Seq Scan on loyalty_pointaccount" not in plan


def fill_accounts(programme: Programme, *, members: int) -> None:
    Customer.objects.bulk_create([Customer() for _ in range(members)])
    PointAccount.objects.bulk_create(
        PointAccount(programme=programme, customer=customer) for customer in Customer.objects.all()
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer, loyalty_pointaccount")


def kept_plan(statement: str) -> str:
    """The plan that a prepared statement keeps, made without knowing what it will be asked."""
    numbered, names = sql._numbered(statement)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(b"PREPARE asked AS " + numbered)
        cursor.execute(f"EXPLAIN EXECUTE asked ({', '.join(['NULL'] * len(names))})")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE asked")
    return plan
