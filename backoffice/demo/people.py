"""Who signs in to the demo, and the members that its shops know. All invented."""

from dataclasses import dataclass
from datetime import date

from organisation.models import ApiKey, StaffAssignment


@dataclass(frozen=True, slots=True)
class DemoStaff:
    login: str
    name: str
    role: str
    location: str | None
    label: str


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A member of the shops' programme: a card, and where a one-time code can be sent."""

    number: str
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    birth_date: date
    email: str
    # Days ago, shop, and skus bought: her past at the tills.
    sales: tuple[tuple[int, str, tuple[str, ...]], ...] = ()


STAFF = [
    DemoStaff("hq@shiomi.example", "汐見 本子", StaffAssignment.Role.HEADQUARTERS, None, "headquarters"),
    DemoStaff(
        "manager@shiomi.example", "渋谷 長太", StaffAssignment.Role.MANAGER, "shibuya", "manager, Shibuya"
    ),
    DemoStaff("clerk@shiomi.example", "渋谷 店子", StaffAssignment.Role.CLERK, "shibuya", "clerk, Shibuya"),
]

# Signs in on the EC site; her card is not linked yet.
SHOPPER_LOGIN, SHOPPER_NAME = "aoi@shoppers.example", "佐々木 葵"

MEMBERS = [
    DemoMember(
        "2900000000018", "山田", "花子", "ヤマダ", "ハナコ", date(1984, 4, 18),
        "hanako@members.example",
        (
            (60, "shibuya", ("NG-O01-BE-M", "NG-A03-RD-M")),
            (35, "shibuya", ("AK-A01-WH", "ST-W01-06", "ST-C01-100G")),
            (20, "ginza", ("NG-B02-NV-M", "NG-T05-GR-M")),
        ),
    ),
    DemoMember(
        "2900000000025", "佐々木", "葵", "ササキ", "アオイ", date(1996, 9, 2),
        "aoi@shoppers.example",
        ((28, "umeda", ("AK-L05-WH", "ST-N01-5KG")),),
    ),
    DemoMember(
        "2900000000032", "田中", "健一", "タナカ", "ケンイチ", date(1971, 12, 25),
        "kenichi@members.example",
        ((45, "sapporo", ("ST-L01-720M", "ST-L05-24")),),
    ),
]  # fmt: skip

TILL_SCOPES = [ApiKey.Scope.TILL.value, ApiKey.Scope.STOCK_READ.value, ApiKey.Scope.STOCK_WRITE.value]
WAREHOUSE_SCOPES = [
    ApiKey.Scope.STOCK_READ.value,
    ApiKey.Scope.STOCK_WRITE.value,
    ApiKey.Scope.ORDERS_READ.value,
    ApiKey.Scope.ORDERS_WRITE.value,
]
CONNECTOR_SCOPES = [ApiKey.Scope.STOCK_READ.value, ApiKey.Scope.ORDERS_WRITE.value]
