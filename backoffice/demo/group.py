"""The Shiomi group: its companies, shops, channels and ways to pay. Every name is invented."""

from dataclasses import dataclass
from datetime import timedelta

from organisation.models import Location

Text = dict[str, str]


@dataclass(frozen=True, slots=True)
class DemoCompany:
    code: str
    ja: str
    en: str
    # Twelve digits outside the ranges that registries use; the check digit is computed.
    corporate_number: str


@dataclass(frozen=True, slots=True)
class DemoLocation:
    code: str
    company: str
    ja: str
    en: str
    postal_code: str
    address_ja: str
    address_en: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class DemoChannel:
    code: str
    kind: str
    ja: str
    en: str
    # Of prices in shops, in per cent.
    price_percent: int
    amount_per_point: int


COMPANIES = [
    DemoCompany("shiomi", "株式会社汐見", "Shiomi Co., Ltd.", "990000000101"),
    DemoCompany("shiomi-apparel", "汐見アパレル株式会社", "Shiomi Apparel Co., Ltd.", "990000000102"),
    DemoCompany("shiomi-foods", "汐見フーズ株式会社", "Shiomi Foods Co., Ltd.", "990000000103"),
    DemoCompany("shiomi-digital", "汐見デジタル株式会社", "Shiomi Digital Co., Ltd.", "990000000104"),
]

# Whose goods its channels sell: the group's own company is the seller everywhere.
SELLER = "shiomi"

# Points in the streets around real stations.
SHOPS = [
    DemoLocation(
        "shibuya", SELLER, "渋谷店", "Shibuya", "150-0043",
        "東京都渋谷区道玄坂2丁目", "Dogenzaka 2, Shibuya-ku, Tokyo", 35.6591, 139.6989,
    ),
    DemoLocation(
        "shinjuku", SELLER, "新宿店", "Shinjuku", "160-0022",
        "東京都新宿区新宿3丁目", "Shinjuku 3, Shinjuku-ku, Tokyo", 35.6913, 139.7040,
    ),
    DemoLocation(
        "ginza", SELLER, "銀座店", "Ginza", "104-0061",
        "東京都中央区銀座4丁目", "Ginza 4, Chuo-ku, Tokyo", 35.6717, 139.7650,
    ),
    DemoLocation(
        "kichijoji", SELLER, "吉祥寺店", "Kichijoji", "180-0004",
        "東京都武蔵野市吉祥寺本町1丁目", "Kichijoji Honcho 1, Musashino, Tokyo", 35.7041, 139.5790,
    ),
    DemoLocation(
        "yokohama", SELLER, "横浜店", "Yokohama", "220-0005",
        "神奈川県横浜市西区南幸1丁目", "Minami-Saiwai 1, Nishi-ku, Yokohama", 35.4656, 139.6197,
    ),
    DemoLocation(
        "omiya", SELLER, "大宮店", "Omiya", "330-0854",
        "埼玉県さいたま市大宮区桜木町2丁目", "Sakuragicho 2, Omiya-ku, Saitama", 35.9066, 139.6206,
    ),
    DemoLocation(
        "sakae", SELLER, "名古屋栄店", "Nagoya Sakae", "460-0008",
        "愛知県名古屋市中区栄3丁目", "Sakae 3, Naka-ku, Nagoya", 35.1680, 136.9066,
    ),
    DemoLocation(
        "shijo", SELLER, "京都四条店", "Kyoto Shijo", "600-8008",
        "京都府京都市下京区四条通烏丸東入", "Shijo-dori Karasuma, Shimogyo-ku, Kyoto", 35.0036, 135.7605,
    ),
    DemoLocation(
        "umeda", SELLER, "大阪梅田店", "Osaka Umeda", "530-0001",
        "大阪府大阪市北区梅田1丁目", "Umeda 1, Kita-ku, Osaka", 34.7006, 135.4978,
    ),
    DemoLocation(
        "sannomiya", SELLER, "神戸三宮店", "Kobe Sannomiya", "650-0021",
        "兵庫県神戸市中央区三宮町1丁目", "Sannomiya-cho 1, Chuo-ku, Kobe", 34.6927, 135.1945,
    ),
    DemoLocation(
        "tenjin", SELLER, "福岡天神店", "Fukuoka Tenjin", "810-0001",
        "福岡県福岡市中央区天神2丁目", "Tenjin 2, Chuo-ku, Fukuoka", 33.5903, 130.3989,
    ),
    DemoLocation(
        "sapporo", SELLER, "札幌店", "Sapporo", "060-0005",
        "北海道札幌市中央区北5条西3丁目", "Kita 5 Nishi 3, Chuo-ku, Sapporo", 43.0676, 141.3520,
    ),
]  # fmt: skip

WAREHOUSE = DemoLocation(
    "kawagoe", SELLER, "川越物流センター", "Kawagoe distribution centre", "350-1124",
    "埼玉県川越市新宿町5丁目", "Arajukumachi 5, Kawagoe, Saitama", 35.9020, 139.4810,
)  # fmt: skip

SHOP_CAPABILITIES = [
    capability.value
    for capability in (
        Location.Capability.SHIP_FROM_STORE,
        Location.Capability.PICKUP,
        Location.Capability.HOLD,
        Location.Capability.CARRY_OUT,
        Location.Capability.RETURNS,
    )
]
# Monday to Friday, at the week-end, and on public holidays.
SHOP_HOURS = {
    **dict.fromkeys(("MON", "TUE", "WED", "THU", "FRI"), ("10:30", "20:30")),
    **dict.fromkeys(("SAT", "SUN", "HOLIDAY"), ("10:00", "20:00")),
}
WAREHOUSE_CAPABILITIES = [Location.Capability.SHIP.value]

EC_MAIN, SANDBOX, STORES, APP = "ec-main", "sandbox-ec", "stores", "app"
CHANNELS = [
    DemoChannel(EC_MAIN, "EC", "汐見オンライン", "Shiomi Online", 100, 100),
    DemoChannel(SANDBOX, "MARKETPLACE", "サンドボックスEC", "Sandbox EC", 105, 200),
    DemoChannel(STORES, "STORE", "店舗", "Shops", 100, 100),
    DemoChannel(APP, "APP", "汐見アプリ", "Shiomi App", 98, 50),
]

# Where each channel's goods come from, first the warehouse. What is sold on line and in the
# sandbox is the same stock.
SHIPPING_SHOPS = ["shibuya", "umeda"]
SOURCES = {
    EC_MAIN: [WAREHOUSE.code, *SHIPPING_SHOPS],
    SANDBOX: [WAREHOUSE.code, *SHIPPING_SHOPS],
    APP: [WAREHOUSE.code, *SHIPPING_SHOPS],
    STORES: [shop.code for shop in SHOPS],
}
# The app never offers the last unit: its shoppers come to fetch what they see.
APP_BUFFER = 1


@dataclass(frozen=True, slots=True)
class Tender:
    code: str
    name: Text
    kind: str
    refund_route: str
    reconciliation: str
    gives_change: bool = False
    pay_within: timedelta | None = None
    active: bool = True


TENDERS = [
    Tender("cash", {"ja": "現金", "en": "Cash"}, "CASH", "SOURCE", "TILL", gives_change=True),
    Tender("card", {"ja": "クレジットカード", "en": "Card"}, "CARD", "SOURCE", "PROVIDER"),
    Tender("terminal", {"ja": "カード端末", "en": "Card terminal"}, "TERMINAL", "SOURCE", "TERMINAL"),
    Tender("qr", {"ja": "QRコード決済", "en": "QR code"}, "QR", "SOURCE", "ISSUER"),
    Tender("e-money", {"ja": "電子マネー", "en": "Electronic money"}, "E_MONEY", "CASH", "ISSUER"),
    Tender("voucher", {"ja": "商品券", "en": "Gift voucher"}, "VOUCHER", "CASH", "ISSUER"),
    Tender("cod", {"ja": "代金引換", "en": "Cash on delivery"}, "DEFERRED", "CASH", "CARRIER"),
    Tender("pickup", {"ja": "店頭払い", "en": "Pay at pick-up"}, "DEFERRED", "CASH", "TILL"),
    Tender("points", {"ja": "ポイント", "en": "Points"}, "POINTS", "SOURCE", "LEDGER"),
    Tender(
        "manufacturer-coupon",
        {"ja": "メーカークーポン", "en": "Manufacturer's coupon"},
        "COUPON",
        "NONE",
        "ISSUER",
    ),
    Tender(
        "external", {"ja": "モール決済", "en": "Paid to the marketplace"}, "EXTERNAL", "CHANNEL", "CHANNEL"
    ),
    # Waiting for a contract with who settles them; the demo's acquirer knows cards alone.
    Tender(
        "konbini",
        {"ja": "コンビニ払い", "en": "Convenience store"},
        "KONBINI",
        "BANK_TRANSFER",
        "PROVIDER",
        pay_within=timedelta(days=3),
        active=False,
    ),
    Tender(
        "bank-transfer",
        {"ja": "銀行振込", "en": "Bank transfer"},
        "BANK_TRANSFER",
        "BANK_TRANSFER",
        "STATEMENT",
        pay_within=timedelta(days=7),
        active=False,
    ),
    Tender("factor", {"ja": "後払い", "en": "Pay later"}, "INVOICED", "SOURCE", "ISSUER", active=False),
]

# Tax class → rates by service mode, since the reform of 2019-10-01.
TAXES: dict[str, tuple[Text, dict[str, str]]] = {
    "standard": ({"ja": "標準税率", "en": "Standard rate"}, {"TAKE_OUT": "0.10", "EAT_IN": "0.10"}),
    "food": ({"ja": "飲食料品", "en": "Food"}, {"TAKE_OUT": "0.08", "EAT_IN": "0.10"}),
    "alcohol": ({"ja": "酒類", "en": "Alcohol"}, {"TAKE_OUT": "0.10", "EAT_IN": "0.10"}),
}

PROGRAMME: tuple[str, Text] = ("shiomi-points", {"ja": "汐見ポイント", "en": "Shiomi points"})

# Products that are reduced on the EC site.
ON_SALE = ("ng-t07", "ng-b03", "ng-o04", "ng-a02")
SALE_BEGAN = timedelta(days=3)
SALE_LASTS = timedelta(days=21)
