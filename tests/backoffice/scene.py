"""A scene: so many rows of every model, each with what it refers to."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group

from backoffice.models import HistoryImport, RefusedRow
from catalog.models import Price, PriceWatch, Product, TaxRate, Variant
from connectors.models import (
    Comparison,
    Connection,
    InboundFailure,
    ListingState,
    Pause,
    PushState,
    RefusedFile,
    ShipmentNotice,
    TillDevice,
    TillEntry,
)
from customers.models import Address, Customer, LinkChallenge, Merge
from inventory.models import (
    Backlog,
    BackorderPolicy,
    ChannelBuffer,
    Closing,
    ClosingLine,
    ClosingRatio,
    CostCorrection,
    CostPolicy,
    CostPool,
    CountLimit,
    CountLine,
    CountRecord,
    CountSheet,
    Discrepancy,
    LearnedBuffer,
    LedgerArchive,
    LowStock,
    MovementOrigin,
    OwnedStock,
    Owner,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseReceipt,
    ReceiptCost,
    ReplenishmentPolicy,
    Reservation,
    Scan,
    SectionCount,
    StockDocument,
    StockPlan,
    StockTake,
    StockTakeLine,
    StockTakeSection,
    Suggestion,
    SupplyTerm,
    Transfer,
    TransferDifference,
    TransferLine,
    TransferPosting,
    Valuation,
    ValuationCursor,
)
from loyalty.models import EarningRate, PointAccount, PointEntry, PointHold, PointLot, PointTransaction
from omni.core.models import Claim
from omni.outbox.models import Event, Failure, Receipt
from orders.models import (
    CarrierSlot,
    Cart,
    CartCoupon,
    CartLine,
    ComponentReservation,
    Document,
    DocumentPrint,
    DocumentSeries,
    Fulfilment,
    FulfilmentLine,
    FulfilmentStep,
    HandOver,
    LineComponent,
    LineDiscount,
    LinePromise,
    MethodRate,
    Order,
    OrderAddress,
    OrderChange,
    OrderChangeLine,
    OrderContact,
    OrderDelivery,
    OrderLine,
    OrderPromotion,
    OrderTax,
    Payment,
    PaymentAccount,
    PromiseChange,
    ProviderEvent,
    Refund,
    Return,
    ReturnLine,
    RoutingDecision,
    RoutingRules,
    ShippingZone,
    StampDutyLimit,
)
from orders.routing.problem import Candidate, Problem
from orders.routing.solving import solve
from orders.routing.tracing import Trace, Wanted, to_json
from organisation.models import (
    ApiKey,
    Location,
    OpeningException,
    OpeningHours,
    SalesChannel,
    StaffAssignment,
)
from organisation.services import create_api_key
from promotions.models import CouponBatch, Redemption, Target
from tests import factories
from tests.backoffice.scene_lots import lots_of
from tests.backoffice.scene_tills import till_of
from tests.backoffice.scene_transfers import transfers_of

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LATER = AT + timedelta(days=365)
ACTOR = "system:test"


def populate(rows: int) -> None:
    """Write so many more rows of every model that the admin shows."""
    for _ in range(rows):
        _one_of_each()


def _one_of_each() -> None:
    location, channel, other = factories.location(), factories.channel(), factories.location()
    _hours(location)
    variant = factories.variant()
    _catalogue(variant, channel)
    customer = _people(location)
    reservation = _stock(variant, location, other, channel)
    _value(variant, location, reservation.document)
    lots_of(location, channel)
    _points(customer)
    _orders(variant, location, channel, customer, reservation)
    till_of(variant, location, channel, customer)
    _outside(variant, channel)
    _machinery(location)


def _catalogue(variant: Variant, channel: SalesChannel) -> None:
    component = factories.bundle((variant, 1)).components.get()
    factories.code(variant, f"4{factories.number():012d}")
    listing = factories.listing(variant, channel)
    Price.objects.filter(variant=variant).update(valid_until=AT + timedelta(days=9000))
    category = factories.category()
    product = variant.product
    rate = TaxRate.objects.filter(tax_class=variant.tax_class).first()
    Product.objects.filter(pk=product.pk).update(category=category)
    rate = TaxRate.objects.filter(tax_class=variant.tax_class).first()
    code = variant.codes.get()
    changed = (
        product,
        variant,
        listing,
        category,
        product.brand,
        variant.tax_class,
        rate,
        code,
        component,
        channel,
        channel.company,
    )
    for row in changed:
        change(row)


def _hours(location: Location) -> None:
    row = OpeningHours.objects.create(location=location, day="MON", opens_at="10:00", closes_at="20:00")
    OpeningHours.objects.filter(pk=row.pk).update(closes_at="21:00")
    closed = OpeningException.objects.create(location=location, date=AT.date())
    OpeningException.objects.filter(pk=closed.pk).update(reason={"ja": "棚卸"})


def change(row: Any) -> None:
    """Change a row of master data, so that its history keeps what it was."""
    for name, value in {
        "name": {"ja": "旧名"},
        "tax_inclusive": False,
        "quantity": 2,
        "country": "US",
    }.items():
        if hasattr(row, name):
            type(row).objects.filter(pk=row.pk).update(**{name: value})
            return


def _people(location: Location) -> Customer:
    user, customer = factories.user(), factories.member(family_name="佐藤", given_name="葵")
    factories.account(customer, user)
    assignment = StaffAssignment.objects.create(user=user, role="CLERK", location=location)
    StaffAssignment.objects.filter(pk=assignment.pk).update(role="MANAGER")
    Address.objects.create(
        customer=customer,
        recipient="佐藤 葵",
        postal_code="1500002",
        prefecture="東京都",
        city="渋谷区",
        line1="渋谷1-1",
    )
    LinkChallenge.objects.create(
        member=customer,
        requested_by=customer,
        digest=b"0" * 32,
        sent_to="EMAIL",
        created_at=AT,
        expires_at=LATER,
    )
    merged = factories.customer(family_name="佐藤")
    Customer.objects.filter(pk=merged.pk).update(merged_into=customer, person=customer)
    Merge.objects.create(customer=merged, into=customer, reason="member-linked", actor=ACTOR, merged_at=AT)
    EmailAddress.objects.create(user=user, email=user.email)
    SocialAccount.objects.create(user=user, provider="line", uid=str(factories.number()))
    Group.objects.create(name=f"group-{factories.number()}")
    return customer


def _stock(variant: Variant, location: Location, other: Location, channel: SalesChannel) -> Reservation:
    factories.stock(variant, location, 10)
    factories.source(channel, location)
    ChannelBuffer.objects.create(channel=channel, variant=variant, quantity=1)
    policy = BackorderPolicy.objects.create(variant=variant, channel=channel, most=9, opens_at=AT)
    BackorderPolicy.objects.filter(pk=policy.pk).update(most=10)
    Backlog.objects.create(variant=variant, channel=channel, ahead=1, owed=1)
    transfer = Transfer.objects.create(
        number=f"transfer-{factories.number()}",
        origin=location,
        destination=other,
        actor=ACTOR,
        occurred_at=AT,
    )
    line = TransferLine.objects.create(transfer=transfer, variant=variant, quantity=1)
    _under_way(variant, location, line)
    discrepancy = Discrepancy.objects.create(
        kind="BELOW_ZERO",
        variant=variant,
        location=location,
        quantity=1,
        source="sale:1",
        owner=factories.user(),
        opened_at=AT,
        actor=ACTOR,
    )
    Discrepancy.objects.filter(pk=discrepancy.pk).update(quantity=2)
    _counts(variant, location)
    _replenishment(variant, location, other)
    document = StockDocument.objects.create(
        kind="SALE", number=f"sale-{factories.number()}", actor=ACTOR, occurred_at=AT
    )
    return Reservation.objects.create(
        variant=variant,
        location=location,
        quantity=1,
        status="FULFILLED",
        source="order:1:1",
        created_at=AT,
        closed_at=AT,
        document=document,
    )


def _under_way(variant: Variant, location: Location, line: TransferLine) -> None:
    """What an order brings, and what of a transfer went otherwise than written."""
    supplier = factories.supplier()
    change(supplier)
    order = PurchaseOrder.objects.create(
        number=f"purchase-{factories.number()}",
        supplier=supplier,
        company=supplier.company,
        destination=location,
        currency="JPY",
        actor=ACTOR,
        created_at=AT,
    )
    PurchaseOrderLine.objects.create(order=order, variant=variant, quantity=2, unit_cost=700)
    received, shipped = (
        StockDocument.objects.create(
            kind=kind, number=f"{kind}-{factories.number()}", actor=ACTOR, occurred_at=AT
        )
        for kind in ("RECEIPT", "TRANSFER")
    )
    PurchaseReceipt.objects.create(order=order, document=received)
    TransferPosting.objects.create(transfer=line.transfer, document=shipped)
    discrepancy = Discrepancy.objects.create(
        kind="TRANSFER",
        variant=variant,
        location=location,
        quantity=1,
        source="transfer:1:1",
        opened_at=AT,
        actor=ACTOR,
    )
    TransferDifference.objects.create(line=line, discrepancy=discrepancy, nature="MISSING", quantity=1)


def _replenishment(variant: Variant, location: Location, origin: Location) -> None:
    rule = ReplenishmentPolicy.objects.create(
        location=location, variant=variant, origin=origin, lead_time_days=1, cover_days=7
    )
    ReplenishmentPolicy.objects.filter(pk=rule.pk).update(cover_days=14)
    level = {"variant": variant, "location": location}
    LedgerArchive.objects.create(
        # One of its own for each: a month is archived once.
        month=date(2000 + LedgerArchive.objects.count(), 1, 1),
        rows=1,
        last_entry_id=0,
        last_document_id=0,
        file_name="stock-2024-01.csv.gz",
        sha256="0" * 64,
        archived_at=AT,
        actor="system:test",
    )
    StockPlan.objects.create(**level, sold=7, days_in_stock=7, window_days=28, until_date=AT, made_at=AT)
    LearnedBuffer.objects.create(
        location=location, department=factories.category(), speed="B", observed=9, overstated=1, units=2,
        exposure_days=90, rejected=1, below_zero=0, own_rate=0.01, mean_rate=0.01, weight=0, rate=0.01,
        size=2, thresholds=[5, 35], learned_at=AT,
    )  # fmt: skip
    LowStock.objects.create(**level, available=1, reorder_point=2, fell_at=AT)
    Suggestion.objects.create(
        **level, origin=origin, quantity=1, wanted=2, rate=1, lead_time_days=1, cover_days=7, on_hand=1,
        available=1, incoming=0, asked_for=0, passed_on=0, reorder_point=2, target=3, made_at=AT,
    )  # fmt: skip


def _counts(variant: Variant, location: Location) -> None:
    limit = CountLimit.objects.create(location=location, quantity=1)
    CountLimit.objects.filter(pk=limit.pk).update(quantity=2)
    counter = f"user:{factories.user().pk}"
    sheet = CountSheet.objects.create(
        number=f"C{factories.number()}",
        location=location,
        assignee=factories.user(),
        opened_at=AT,
        actor=ACTOR,
    )
    CountSheet.objects.filter(pk=sheet.pk).update(blind=False)
    line = CountLine.objects.create(
        sheet=sheet, variant=variant, counted=9, counted_at=AT, counted_by=counter, expected=10, variance=-1
    )
    CountRecord.objects.create(line=line, quantity=9, counted_at=AT, counted_by=counter)
    take = StockTake.objects.create(
        number=f"T{factories.number()}", location=location, business_date=AT.date(), opened_at=AT, actor=ACTOR
    )
    StockTake.objects.filter(pk=take.pk).update(status="CLOSED", closed_at=AT)
    section = StockTakeSection.objects.create(stock_take=take, number="1")
    count = SectionCount.objects.create(section=section, opened_at=AT, counted_by=counter, actor=ACTOR)
    Scan.objects.create(
        stock_take=take,
        count=count,
        device="D-1",
        sequence=1,
        code=variant.sku,
        variant=variant,
        read=9,
        quantity=9,
        scanned_at=AT,
        counted_by=counter,
    )
    StockTakeLine.objects.create(
        stock_take=take, variant=variant, counted=9, counted_at=AT, expected=10, variance=-1
    )


def _value(variant: Variant, location: Location, document: StockDocument | None) -> None:
    company, month = location.company, AT.date().replace(day=1)
    owner = Owner.objects.create(ownership="CONSIGNED", supplier=f"supplier-{factories.number()}")
    whose = {"variant": variant, "owner": owner}
    policy = CostPolicy.objects.create(company=company, valid_from=month)
    term = SupplyTerm.objects.create(company=company, **whose, unit_cost=70, valid_from=month)
    for row in (owner, policy, term):
        type(row).objects.filter(pk=row.pk).update(
            **{"name": {"ja": "旧"}} if row is owner else {"company": factories.company()}
        )
    ReceiptCost.objects.create(document=document, **whose, unit_cost=70)
    CostCorrection.objects.create(
        document=document, variant=variant, company=company, quantity=1, before=70, after=71, amount=1, kept=1,
        currency="JPY", posting_month=month, reason="price", actor="test", corrected_at=AT,
    )  # fmt: skip
    MovementOrigin.objects.create(document=document, variant=variant, origin=document)
    ValuationCursor.objects.get_or_create(pk=1)
    PriceWatch.objects.get_or_create(pk=1, defaults={"told_until": AT})
    CostPool.objects.create(company=company, **whose, quantity=1, value=0, unit_cost=70, currency="JPY")
    OwnedStock.objects.create(location=location, **whose, quantity=1)
    Valuation.objects.create(
        recorded_at=AT, posting_month=month, business_date=AT.date(), company=company, **whose,
        location=location, document=document, origin=document, entry_id=factories.number(), part=0,
        kind="SALE", quantity=-1, unit_cost=70, amount=-70, currency="JPY", running_quantity=1,
        running_value=0, assumed=False,
    )  # fmt: skip
    closing = Closing.objects.create(
        company=company, month=month, method="RETAIL", currency="JPY", quantity=1, value=0,
        cost_of_sales=70, closed_at=AT, actor=ACTOR,
    )  # fmt: skip
    ClosingLine.objects.create(
        closing=closing, location=location, brand=variant.product.brand, owner=owner, quantity=1,
        value=0, purchases=70, cost_of_sales=70, other=0,
    )  # fmt: skip
    ClosingRatio.objects.create(
        closing=closing, department=factories.category(), opening_cost=1, opening_retail=2, purchases_cost=1,
        purchases_retail=2, closing_retail=2, closing_cost=1, ratio=Decimal("0.5"),
    )  # fmt: skip


def _points(customer: Customer) -> None:
    programme = factories.programme()
    EarningRate.objects.create(
        programme=programme, channel=factories.channel(), amount_per_point=Decimal(50), valid_from=AT
    )
    account = PointAccount.objects.create(programme=programme, customer=customer, balance=10)
    issued = PointAccount.objects.get(programme=programme, kind="ISSUED")
    source = f"order:{factories.number()}"
    posted = PointTransaction.objects.create(kind="ACCRUAL", source=source, actor=ACTOR, occurred_at=AT)
    lot = PointLot.objects.create(
        account=account, source=source, issued=10, active=10, earned_at=AT, activates_at=AT, expires_at=LATER
    )
    PointEntry.objects.bulk_create(
        [
            PointEntry(
                occurred_at=AT,
                transaction=posted,
                account=account,
                lot_id=lot.pk,
                points=10,
                balance_after=10,
            ),
            PointEntry(occurred_at=AT, transaction=posted, account=issued, points=-10),
        ]
    )
    PointHold.objects.create(lot=lot, source=source, points=1, status="RELEASED", created_at=AT)


def _orders(
    variant: Variant, location: Location, channel: SalesChannel, customer: Customer, reservation: Reservation
) -> None:
    cart = Cart.objects.create(channel=channel, customer=customer)
    CartLine.objects.create(cart=cart, variant=variant, quantity=1, location=location)
    order = order_of(variant, location=location, channel=channel, customer=customer)
    line = order.lines.get()
    _promotions(cart, order, customer)
    made_of = LineComponent.objects.create(line=line, variant=variant, quantity=1)
    LineDiscount.objects.create(line=line, code="sale", amount=Decimal(0))
    promise = LinePromise.objects.create(line=line, kind="BACKORDER", basis="NOTHING", changed_at=AT)
    PromiseChange.objects.create(promise=promise, changed_at=AT, before=AT.date(), basis="NOTHING")
    OrderTax.objects.create(
        order=order, company=channel.company, rate=Decimal("0.1"), lines_amount=1100, amount=1100, tax=100
    )
    OrderContact.objects.create(order=order, name="佐藤 葵", phone="+81312345678", email="aoi@example.jp")
    _payments(order, channel)
    part = Fulfilment.objects.create(
        order=order, kind="PICKUP", status="READY", location=location, created_at=AT
    )
    handed = FulfilmentLine.objects.create(
        fulfilment=part, order_line=line, quantity=1, reservation=reservation
    )
    ComponentReservation.objects.create(fulfilment_line=handed, component=made_of, reservation=reservation)
    returned = Return.objects.create(
        number=f"R{factories.number()}",
        order=order,
        location=location,
        status="RECEIVED",
        reason="size",
        created_at=AT,
        business_date=AT.date(),
        actor=ACTOR,
    )
    ReturnLine.objects.create(returned=returned, order_line=line, quantity=1, amount=100)
    change = OrderChange.objects.create(order=order, kind="CANCEL", changed_at=AT, actor=ACTOR)
    OrderChangeLine.objects.create(change=change, order_line=line, quantity=1, amount=100)
    delivery = OrderDelivery.objects.create(
        order=order, positions=[1], method="yamato", carrier="yamato", date=AT.date(), amount=550
    )
    OrderAddress.objects.create(delivery=delivery, name="佐藤 葵", prefecture="東京都", message="お元気で")
    _populate_shipping(channel, variant)
    _documents(order, returned)
    _routing(order, part, channel)


def _payments(order: Order, channel: SalesChannel) -> None:
    """A payment, what an acquirer said of it, and a part of it given back."""
    payment = Payment.objects.create(
        order=order,
        tender_type=factories.tender(),
        status="CAPTURED",
        amount=1100,
        captured_amount=1100,
        created_at=AT,
    )
    account = PaymentAccount.objects.create(
        code=f"account-{factories.number()}", provider="STRIPE", company=channel.company, channel=channel
    )
    ProviderEvent.objects.create(
        account=account,
        event_id=f"evt_{factories.number()}",
        type="payment_intent.succeeded",
        payment=payment,
        outcome="APPLIED",
        received_at=AT,
    )
    refund = Refund.objects.create(
        payment=payment, source="return:1", amount=100, status="DONE", created_at=AT
    )
    transfers_of(refund, channel.company)


def _populate_shipping(channel: SalesChannel, variant: Variant) -> None:
    """How the channel delivers, each row changed once."""
    method = factories.shipping_method(channel=channel, tax_class=variant.tax_class)
    slot = CarrierSlot.objects.create(carrier=method.carrier, code="am", name={"ja": "午前中"})
    zone = ShippingZone.objects.create(
        carrier=method.carrier, code="kanto", name={"ja": "関東"}, prefectures=["東京都"]
    )
    rate = MethodRate.objects.create(method=method, zone=zone, amount=550)
    type(method).objects.filter(pk=method.pk).update(position=1)
    type(method.carrier).objects.filter(pk=method.carrier_id).update(account="0312345678")
    CarrierSlot.objects.filter(pk=slot.pk).update(label_code="0812")
    ShippingZone.objects.filter(pk=zone.pk).update(lead_days=2)
    MethodRate.objects.filter(pk=rate.pk).update(amount=660)


def _documents(order: Order, returned: Return) -> None:
    company, number = order.channel.company, factories.number()
    series = DocumentSeries.objects.create(company=company, kind="INVOICE", last_sequence=1)
    document = Document.objects.create(
        number=f"I{number}-000001",
        kind="INVOICE",
        series=series,
        sequence=1,
        company=company,
        order=order,
        returned=returned,
        currency="JPY",
        total=1100,
        tax=100,
        content={"addressee": "佐藤 葵"},
        issued_at=AT,
        actor=ACTOR,
        print_count=1,
    )
    DocumentPrint.objects.create(document=document, copy=1, printed_at=AT, actor=ACTOR)
    limit = StampDutyLimit.objects.create(amount=30_000, valid_from=AT.date() + timedelta(days=number))
    StampDutyLimit.objects.filter(pk=limit.pk).update(amount=50_000)


def _routing(order: Order, part: Fulfilment, channel: SalesChannel) -> None:
    chosen = RoutingRules.objects.create(channel=channel)
    RoutingRules.objects.filter(pk=chosen.pk).update(split=200)
    line = order.lines.get()
    one = Candidate(part.location_id, (1,), 5000, 10, 90, 0)
    other = Candidate(factories.location().pk, (1,), 9000, 0, 30, 1)
    problem = Problem((1,), (one, other), chosen.weights)
    solution = solve(problem)
    trace = to_json(Trace((Wanted(line.variant_id, 1),), problem, solution))
    RoutingDecision.objects.create(
        order=order, cause="PLACED", decided_at=AT, parcels=1, cost=1, metres=5000, exact=True, trace=trace
    )
    FulfilmentStep.objects.create(fulfilment=part, step="READY", at=AT, actor=ACTOR)
    HandOver.objects.create(fulfilment=part, code_checked=True, collector="佐藤 蓮", at=AT, actor=ACTOR)


def order_of(
    variant: Variant,
    *,
    location: Location | None,
    channel: SalesChannel,
    customer: Customer | None = None,
    **fields: Any,
) -> Order:
    """A placed order of one unit at 1,100 yen."""
    order = Order.objects.create(
        **{
            "number": f"N{factories.number()}",
            "status": "PLACED",
            "channel": channel,
            "location": location,
            "customer": customer,
            "currency": "JPY",
            "lines_amount": 1100,
            "total": 1100,
            "tax_amount": 100,
            "placed_at": AT,
            "business_date": AT.date(),
            "actor": ACTOR,
            **fields,
        }
    )
    OrderLine.objects.create(
        order=order,
        position=1,
        variant=variant,
        company=channel.company,
        quantity=1,
        unit_price=1100,
        list_amount=1100,
        amount=1100,
        tax_class=variant.tax_class,
        tax_rate=Decimal("0.1"),
    )
    return order


def _promotions(cart: Cart, order: Order, customer: Customer) -> None:
    promotion = factories.promotion(most_uses=10)
    batch = CouponBatch.objects.create(promotion=promotion, quantity=1, actor=ACTOR, created_at=AT)
    coupon = factories.coupon(promotion, batch=batch, customer=customer)
    target = Target.objects.create(promotion=promotion, brand=factories.product().brand)
    Target.objects.filter(pk=target.pk).update(role="EXCLUDED")
    CartCoupon.objects.create(cart=cart, coupon=coupon)
    Redemption.objects.create(
        promotion=promotion, coupon=coupon, customer=customer, source=f"order:{order.pk}", currency="JPY",
        amount=1, redeemed_at=AT,
    )  # fmt: skip
    OrderPromotion.objects.create(order=order, code=promotion.code, name=promotion.name, amount=1)


def _outside(variant: Variant, channel: SalesChannel) -> None:
    connection = Connection.objects.create(
        code=f"site-{factories.number()}",
        name="EC",
        channel=channel,
        url="http://127.0.0.1:1",
        secret="whsec_c2VjcmV0",
    )
    PushState.objects.create(
        connection=connection, variant=variant, version=2, acknowledged_version=1, available=3
    )
    InboundFailure.objects.create(
        connection=connection,
        external_number="E1",
        body={"order_number": "E1"},
        error="unknown-sku",
        failed_at=AT,
    )
    Comparison.objects.create(connection=connection, started_at=AT, compared=1, drifted=0)
    ListingState.objects.create(
        connection=connection, variant=variant, version=1, told='{"price": "1000"}', dead_at=AT
    )
    Pause.objects.create(connection=connection, started_at=AT, reason="their stock-take", actor="system:test")
    RefusedFile.objects.create(
        connection=connection, name="orders.csv", whole=True, count=1, lines=[{"line": 2}], refused_at=AT
    )
    TillEntry.objects.create(
        connection=connection, device="POS-1", sequence=1, status="FAILED", received_at=AT
    )
    TillDevice.objects.create(connection=connection, device="POS-1", last_sequence=7, missing="{[2,4),[6,7)}")
    if part := Fulfilment.objects.exclude(pk__in=ShipmentNotice.objects.values("fulfilment")).first():
        ShipmentNotice.objects.create(connection=connection, fulfilment=part, fulfilled_at=AT)


def _machinery(location: Location) -> None:
    key, _secret = create_api_key(name="till", scopes=["till"], location=location, now=AT)
    ApiKey.objects.filter(pk=key.pk).update(name="renamed")
    change(location)
    event = Event.objects.create(
        type="inventory.stock-changed.v1",
        aggregate="stock",
        payload={"variant_ids": [1]},
        occurred_at=AT,
        actor=ACTOR,
    )
    Receipt.objects.create(event=event, consumer="connectors.mark-dirty")
    Failure.objects.create(
        event=event, consumer="storefront.stream", tries=3, error="timeout", failed_at=AT, next_try_at=AT
    )
    Claim.objects.create(
        principal="user:1",
        operation="adjust-stock",
        key=str(factories.number()),
        fingerprint=b"0" * 16,
        result={},
        created_at=AT,
        expires_at=LATER,
    )
    number = factories.number()
    history = HistoryImport.objects.create(
        source=f"source-{number}",
        from_date=date(2017, 1, 1),
        until_date=date(2017, 2, 1),
        position=1,
        started_at=AT,
    )
    RefusedRow.objects.create(history=history, row=number, key="basket 1", reason="unknown-product")
