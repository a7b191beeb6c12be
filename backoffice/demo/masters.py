"""Loading who sells, where, what and at which price. Each step adds what is missing, and only that."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from decimal import Decimal

from stdnum.jp import cn

from backoffice.demo import goods, group
from backoffice.demo.delivery import CHILLED, load_delivery, parcel_of
from backoffice.demo.goods import DemoVariant
from backoffice.demo.rows import Goods, Node
from catalog import services as catalog
from catalog.models import Brand, Category, Listing, Product, TaxClass, TaxRate, Variant, VariantCode
from catalog.services import NewListing, NewPrice, Scope
from inventory.models import ChannelBuffer, ChannelSource
from loyalty import services as loyalty
from loyalty.models import EarningRate, Programme
from omni.core import db
from omni.core.actor import Actor
from orders.models import TenderType
from organisation.models import Company, Location, OpeningHours, SalesChannel

OPENED_AT = datetime(2025, 4, 1, tzinfo=UTC)
TAX_REFORM = date(2019, 10, 1)
# One variant in this many, alcohol aside, is on sale in the sandbox too.
SANDBOX_EVERY = 7


def load_organisation() -> None:
    for company in group.COMPANIES:
        number = f"T{cn.calc_check_digit(company.corporate_number)}{company.corporate_number}"
        Company.objects.get_or_create(
            code=company.code,
            defaults={"name": {"ja": company.ja, "en": company.en}, "registration_number": number},
        )
    seller = Company.objects.get(code=group.SELLER)
    for shop in group.SHOPS:
        _add_location(shop, Location.Kind.STORE, group.SHOP_CAPABILITIES)
    _add_location(group.WAREHOUSE, Location.Kind.WAREHOUSE, group.WAREHOUSE_CAPABILITIES)
    for channel in group.CHANNELS:
        SalesChannel.objects.get_or_create(
            code=channel.code,
            defaults={
                "kind": channel.kind,
                "name": {"ja": channel.ja, "en": channel.en},
                "company": seller,
            },
        )


def _add_location(place: group.DemoLocation, kind: str, capabilities: list[str]) -> None:
    Location.objects.get_or_create(
        code=place.code,
        defaults={
            "kind": kind,
            "name": {"ja": place.ja, "en": place.en},
            "company": Company.objects.get(code=place.company),
            "postal_code": place.postal_code,
            "address": {"ja": place.address_ja, "en": place.address_en},
            "latitude": place.latitude,
            "longitude": place.longitude,
            "capabilities": capabilities,
        },
    )


def load_hours() -> None:
    """The hours of shops that have none."""
    shops = Location.objects.filter(code__in=[shop.code for shop in group.SHOPS])
    for shop in shops.filter(opening_hours=None):
        OpeningHours.objects.bulk_create(
            OpeningHours(
                location=shop,
                day=day,
                opens_at=time.fromisoformat(opens),
                closes_at=time.fromisoformat(closes),
            )
            for day, (opens, closes) in group.SHOP_HOURS.items()
        )


def load_terms() -> None:
    """Taxes, tenders and points."""
    for code, (name, rates) in group.TAXES.items():
        tax_class, _ = TaxClass.objects.get_or_create(code=code, defaults={"name": name})
        for mode, rate in rates.items():
            TaxRate.objects.get_or_create(
                tax_class=tax_class,
                country="JP",
                service_mode=mode,
                valid_from=TAX_REFORM,
                defaults={"rate": Decimal(rate)},
            )
    for tender in group.TENDERS:
        TenderType.objects.get_or_create(code=tender.code, defaults=asdict(tender))
    _load_programme()


def _load_programme() -> None:
    code, name = group.PROGRAMME
    programme = Programme.objects.filter(code=code).first()
    if programme is None:
        programme = loyalty.create_programme(code=code, name=name, pending_days=7, valid_days=365)
    for channel in group.CHANNELS:
        EarningRate.objects.get_or_create(
            programme=programme,
            channel=SalesChannel.objects.get(code=channel.code),
            defaults={"amount_per_point": channel.amount_per_point, "valid_from": OPENED_AT},
        )


def load_sourcing() -> None:
    for code, locations in group.SOURCES.items():
        channel = SalesChannel.objects.get(code=code)
        for priority, location in enumerate(locations, start=1):
            ChannelSource.objects.get_or_create(
                channel=channel,
                location=Location.objects.get(code=location),
                defaults={"priority": priority * 10},
            )
    app = SalesChannel.objects.get(code=group.APP)
    ChannelBuffer.objects.get_or_create(channel=app, variant=None, defaults={"quantity": group.APP_BUFFER})


def load_catalogue(*, actor: Actor, now: datetime) -> None:
    for each in goods.ALL:
        brand, _ = Brand.objects.get_or_create(
            code=each.brand, defaults={"name": {"ja": each.ja, "en": each.en}}
        )
        _load_products(each, brand, _load_categories(each), now)
    _load_variants()
    catalog.index_products()
    _load_listings(actor=actor, now=now)


def _load_categories(each: Goods) -> dict[str, Category]:
    root = _category(each.root, None)
    return {node.code: _category(node, root) for node in each.nodes}


def _category(node: Node, parent: Category | None) -> Category:
    path = f"{parent.path}/{node.code}" if parent else node.code
    made, _ = Category.objects.get_or_create(
        code=node.code, defaults={"parent": parent, "path": path, "name": {"ja": node.ja, "en": node.en}}
    )
    return made


def _load_products(each: Goods, brand: Brand, categories: dict[str, Category], now: datetime) -> None:
    about = {node.code: {"ja": node.about_ja, "en": node.about_en} for node in each.nodes}
    Product.objects.bulk_create(
        [
            Product(
                code=family.code,
                brand=brand,
                category=categories[family.category],
                name={"ja": family.ja, "en": family.en},
                kana=family.kana,
                description=about[family.category],
                created_at=now,
            )
            for family in each.families
        ],
        ignore_conflicts=True,
    )


def _load_variants() -> None:
    products = dict(Product.objects.values_list("code", "pk"))
    taxes = dict(TaxClass.objects.values_list("code", "pk"))
    rows = list(goods.variants())
    Variant.objects.bulk_create(
        [
            Variant(
                sku=row.sku,
                product_id=products[row.family.code],
                tax_class_id=taxes[row.family.tax or row.goods.tax],
                name={"ja": row.ja, "en": row.en},
                options=row.options,
                position=row.position,
                temperature="CHILLED" if row.family.code in CHILLED else "AMBIENT",
                parcel_size=parcel_of(row.family.category)[0],
                weight=parcel_of(row.family.category)[1],
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )
    ids = variant_ids(rows)
    VariantCode.objects.bulk_create(
        [
            VariantCode(variant_id=ids[row.sku], kind=VariantCode.Kind.IN_STORE, value=code_of(row))
            for row in rows
        ],
        ignore_conflicts=True,
    )


def code_of(row: DemoVariant) -> str:
    """The code on the article: of the in-store range, so that no real product is meant."""
    return catalog.in_store_code(goods.JAN_PREFIX, row.number)


def variant_ids(rows: Iterable[DemoVariant]) -> dict[str, int]:
    skus = [row.sku for row in rows]
    return dict(Variant.objects.filter(sku__in=skus).values_list("sku", "pk"))


def in_sandbox(row: DemoVariant) -> bool:
    return row.number % SANDBOX_EVERY == 0 and row.family.tax != "alcohol"


def _load_listings(*, actor: Actor, now: datetime) -> None:
    rows = list(goods.variants())
    ids = variant_ids(rows)
    channels = dict(SalesChannel.objects.values_list("code", "pk"))
    listed = set(Listing.objects.values_list("channel_id", "variant_id"))
    wanted = [
        NewListing(ids[row.sku], channels[channel.code], _price(row, channel), OPENED_AT)
        for channel in group.CHANNELS
        for row in rows
        if channel.code != group.SANDBOX or in_sandbox(row)
    ]
    new = [listing for listing in wanted if (listing.channel_id, listing.variant_id) not in listed]
    catalog.add_listings(listings=new, actor=actor, now=now)
    _load_sale(new, actor=actor, now=now)


def _load_sale(new: list[NewListing], *, actor: Actor, now: datetime) -> None:
    """A sale on the EC site that began some days ago, after a year and more at the regular price."""
    channel = SalesChannel.objects.get(code=group.EC_MAIN)
    reduced = set(Variant.objects.filter(product__code__in=group.ON_SALE).values_list("pk", flat=True))
    begins = now - group.SALE_BEGAN
    prices = [
        NewPrice(
            listing.variant_id,
            Scope(channel.currency, channel_id=channel.pk),
            _reduced(listing.price),
            begins,
            begins + group.SALE_LASTS,
            kind="SALE",
        )
        for listing in new
        if listing.channel_id == channel.pk and listing.variant_id in reduced and listing.price
    ]
    # As it was decided then.
    catalog.set_prices(prices=prices, actor=actor, now=begins)


def _reduced(price: Decimal) -> Decimal:
    """A fifth off, to ten yen."""
    return price * 8 // 100 * 10


def _price(row: DemoVariant, channel: group.DemoChannel) -> Decimal:
    """To ten yen."""
    return Decimal(row.price * channel.price_percent // 1000 * 10)


def load(*, actor: Actor, now: datetime) -> None:
    with db.transaction():
        load_organisation()
        load_hours()
        load_terms()
        load_delivery()
        load_sourcing()
        load_catalogue(actor=actor, now=now)
