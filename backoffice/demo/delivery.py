"""How the demo group's EC site and app deliver: Yamato and Sagawa with zones, slots and rates of its own."""

from datetime import date
from decimal import Decimal
from itertools import product

from backoffice.demo import group
from backoffice.demo.group import Text
from catalog.models import TaxClass
from orders.models import Carrier, CarrierSlot, MethodRate, ShippingMethod, ShippingZone
from organisation.models import SalesChannel

# The slots are the carriers' own; the codes those of their label files.
CARRIERS: dict[str, tuple[Text, str, list[tuple[str, Text, str]]]] = {
    "yamato": (
        {"ja": "ヤマト運輸", "en": "Yamato Transport"},
        Carrier.Labels.YAMATO_B2,
        [
            ("am", {"ja": "午前中", "en": "Morning"}, "0812"),
            ("14-16", {"ja": "14時〜16時", "en": "14:00–16:00"}, "1416"),
            ("16-18", {"ja": "16時〜18時", "en": "16:00–18:00"}, "1618"),
            ("18-20", {"ja": "18時〜20時", "en": "18:00–20:00"}, "1820"),
            ("19-21", {"ja": "19時〜21時", "en": "19:00–21:00"}, "1921"),
        ],
    ),
    "sagawa": (
        {"ja": "佐川急便", "en": "Sagawa Express"},
        Carrier.Labels.SAGAWA_EHIDEN,
        [
            ("am", {"ja": "午前中", "en": "Morning"}, "01"),
            ("12-14", {"ja": "12時〜14時", "en": "12:00–14:00"}, "12"),
            ("14-16", {"ja": "14時〜16時", "en": "14:00–16:00"}, "14"),
            ("16-18", {"ja": "16時〜18時", "en": "16:00–18:00"}, "16"),
            ("18-20", {"ja": "18時〜20時", "en": "18:00–20:00"}, "18"),
            ("19-21", {"ja": "19時〜21時", "en": "19:00–21:00"}, "19"),
        ],
    ),
}

# Code → name, prefectures, days on the way from Kawagoe, and what the smallest parcel costs.
ZONES: dict[str, tuple[Text, str, int, int]] = {
    "hokkaido": ({"ja": "北海道", "en": "Hokkaido"}, "北海道", 2, 880),
    "tohoku": ({"ja": "東北", "en": "Tohoku"}, "青森県 岩手県 宮城県 秋田県 山形県 福島県", 1, 660),
    "kanto": (
        {"ja": "関東・信越", "en": "Kanto and Shin-etsu"},
        "茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 山梨県 新潟県 長野県",
        1,
        550,
    ),
    "chubu": (
        {"ja": "中部・北陸", "en": "Chubu and Hokuriku"},
        "富山県 石川県 福井県 岐阜県 静岡県 愛知県 三重県",
        1,
        550,
    ),
    "kansai": ({"ja": "関西", "en": "Kansai"}, "滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県", 1, 660),
    "chugoku": (
        {"ja": "中国・四国", "en": "Chugoku and Shikoku"},
        "鳥取県 島根県 岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県",
        2,
        770,
    ),
    "kyushu": (
        {"ja": "九州", "en": "Kyushu"},
        "福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県",
        2,
        880,
    ),
    "okinawa": ({"ja": "沖縄", "en": "Okinawa"}, "沖縄県", 3, 1320),
}
# The sizes of parcels (three sides in centimetres, grams) and what each costs more than the smallest.
SIZES = [(60, 2000, 0), (80, 5000, 220), (100, 10000, 440), (120, 15000, 770), (140, 20000, 1100)]
# Method → name, carrier, temperature, what it costs more, and from which goods it is free.
METHODS: dict[str, tuple[Text, str, str, int, int | None]] = {
    "yamato": ({"ja": "宅急便", "en": "Parcel (Yamato)"}, "yamato", "AMBIENT", 0, 5500),
    "yamato-chilled": (
        {"ja": "クール宅急便（冷蔵）", "en": "Chilled parcel (Yamato)"}, "yamato", "CHILLED", 220, None,
    ),
    "yamato-frozen": (
        {"ja": "クール宅急便（冷凍）", "en": "Frozen parcel (Yamato)"}, "yamato", "FROZEN", 330, None,
    ),
    "sagawa": ({"ja": "飛脚宅配便", "en": "Parcel (Sagawa)"}, "sagawa", "AMBIENT", 110, None),
}  # fmt: skip
NEW_YEAR = [date(2026, 12, 31), *(date(2027, 1, day) for day in (1, 2, 3))]

# By category: three sides in centimetres and grams, as packed.
PARCELS = {
    "tops": (50, 400), "bottoms": (60, 700), "outerwear": (80, 1500), "accessories": (40, 200),
    "power": (40, 300), "audio": (60, 900), "lighting": (80, 1800), "kitchen": (90, 2500), "desk": (50, 500),
    "tea": (40, 250), "rice-noodles": (50, 1500), "seasoning": (50, 900), "sweets": (50, 600),
    "drinks": (40, 600), "alcohol": (60, 1500),
}  # fmt: skip
PARCEL = (60, 800)
# What is carried chilled.
CHILLED = frozenset({"st-w06"})


def load_delivery() -> None:
    """Carriers and methods that are not there yet; what staff changed stays."""
    for code, (name, labels, slots) in CARRIERS.items():
        carrier, created = Carrier.objects.get_or_create(code=code, defaults={"name": name, "labels": labels})
        if created:
            _fill(carrier, slots)
    for channel, code in product((group.EC_MAIN, group.APP), METHODS):
        _load_method(SalesChannel.objects.get(code=channel), code, list(METHODS).index(code))


def _fill(carrier: Carrier, slots: list[tuple[str, Text, str]]) -> None:
    CarrierSlot.objects.bulk_create(
        CarrierSlot(carrier=carrier, code=code, name=name, label_code=label, position=position)
        for position, (code, name, label) in enumerate(slots)
    )
    ShippingZone.objects.bulk_create(
        ShippingZone(
            carrier=carrier, code=code, name=name, prefectures=prefectures.split(), lead_days=lead_days
        )
        for code, (name, prefectures, lead_days, _) in ZONES.items()
    )


def _load_method(channel: SalesChannel, code: str, position: int) -> None:
    name, carrier, temperature, extra, free_from = METHODS[code]
    method, created = ShippingMethod.objects.get_or_create(
        channel=channel,
        code=code,
        defaults={
            "name": name,
            "carrier": Carrier.objects.get(code=carrier),
            "temperature": temperature,
            "tax_class": TaxClass.objects.get(code="standard"),
            "closed_weekdays": [6],
            "closed_dates": NEW_YEAR,
            "position": position,
        },
    )
    if created:
        MethodRate.objects.bulk_create(_rates(method, extra, free_from))


def _rates(method: ShippingMethod, extra: int, free_from: int | None) -> list[MethodRate]:
    zones = {zone.code: zone for zone in method.carrier.zones.all()}
    rates = [
        MethodRate(
            method=method,
            zone=zones[code],
            up_to_size=size,
            up_to_weight=weight,
            amount=Decimal(least + more + extra),
        )
        for (code, (*_, least)), (size, weight, more) in product(ZONES.items(), SIZES)
    ]
    if free_from is not None:
        rates.append(MethodRate(method=method, from_amount=free_from, amount=Decimal(0)))
    return rates


def parcel_of(category: str) -> tuple[int, int]:
    return PARCELS.get(category, PARCEL)
