"""The admin's face: title, colours, and a sidebar grouped as staff think rather than by app."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def stylesheet(request: Any) -> str:
    return static("omni/admin.css")


def item(title: Any, icon: str, model: str, permission: str = "") -> dict[str, Any]:
    """A list of the sidebar, there for who may see it."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": may_view(permission or f"{app}.view_{name}"),
    }


def may_view(permission: str) -> Any:
    def allowed(request: Any) -> bool:
        return bool(request.user.has_perm(permission))

    return allowed


def group(title: Any, *items: dict[str, Any]) -> dict[str, Any]:
    def any_allowed(request: Any) -> bool:
        return any(one["permission"](request) for one in items)

    return {"title": title, "collapsible": True, "items": list(items), "permission": any_allowed}


HOME = {
    "items": [
        {"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")},
    ]
}

STOCK = group(
    _("Stock"),
    item(_("Stock levels"), "inventory_2", "inventory.stocklevel"),
    item(_("Stock ledger"), "receipt_long", "inventory.stockentry"),
    item(_("Stock by lot"), "event_upcoming", "inventory.lotstock"),
    item(_("Lots"), "qr_code_2", "inventory.lot"),
    item(_("Lot tracking"), "qr_code_scanner", "inventory.lottracking"),
    item(_("Minimum remaining shelf life"), "hourglass_top", "inventory.shelflife"),
    item(_("Recall"), "travel_explore", "backoffice.recalllookup", "inventory.recall_lots"),
    item(_("Reservations"), "bookmark", "inventory.reservation"),
    item(_("Suggestions"), "lightbulb", "inventory.suggestion"),
    item(_("Low stock"), "production_quantity_limits", "inventory.lowstock"),
    item(_("Rates of sale"), "speed", "inventory.stockplan"),
    item(_("Replenishment rules"), "rule_settings", "inventory.replenishmentpolicy"),
    item(_("Purchase orders"), "shopping_cart_checkout", "inventory.purchaseorder"),
    item(_("Suppliers"), "factory", "inventory.supplier"),
    item(_("Transfers"), "swap_horiz", "inventory.transfer"),
    item(_("Transfer differences"), "rule", "inventory.transferdifference"),
    item(_("Discrepancies"), "report", "inventory.discrepancy"),
    item(_("Count sheets"), "checklist", "inventory.countsheet"),
    item(_("Stock-takes"), "inventory", "inventory.stocktake"),
    item(_("Stock-take differences"), "difference", "inventory.stocktakeline"),
    item(_("Count limits"), "rule", "inventory.countlimit"),
    item(_("Stock documents"), "description", "inventory.stockdocument"),
    item(_("Archived months"), "inventory_2", "inventory.ledgerarchive"),
)
COSTS = group(
    _("Value of stock"),
    item(_("Monthly closings"), "event_available", "inventory.closing", "inventory.see_costs"),
    item(_("Valuation ledger"), "menu_book", "inventory.valuation", "inventory.see_costs"),
    item(_("Costs of articles"), "price_change", "inventory.costpool", "inventory.see_costs"),
    item(_("Corrections of cost"), "edit_note", "inventory.costcorrection", "inventory.see_costs"),
    item(_("Terms of supply"), "handshake", "inventory.supplyterm", "inventory.see_costs"),
    item(_("Owners of stock"), "badge", "inventory.owner", "inventory.see_costs"),
    item(_("Stock by owner"), "category", "inventory.ownedstock"),
    item(_("Rules of valuation"), "rule", "inventory.costpolicy", "inventory.see_costs"),
)
ORDERS = group(
    _("Orders"),
    item(_("Orders"), "shopping_bag", "orders.order"),
    item(_("Work queue"), "checklist", "orders.workitem"),
    item(_("Fulfilments"), "local_shipping", "orders.fulfilment"),
    item(_("Returns"), "assignment_return", "orders.return"),
    item(_("Invoices and receipts"), "request_quote", "orders.document"),
    item(_("Document numbers"), "pin", "orders.documentseries"),
    item(_("Payments"), "payments", "orders.payment"),
    item(_("Refunds"), "currency_exchange", "orders.refund"),
    item(_("Carts"), "shopping_cart", "orders.cart"),
)
TILLS = group(
    _("Tills"),
    item(_("Cash sessions"), "point_of_sale", "tills.cashsession"),
    item(_("Till records"), "receipt_long", "tills.tillrecord"),
    item(_("Cash counts"), "payments", "tills.cashcount"),
    item(_("Till tasks"), "report", "tills.tilltask"),
    item(_("Off-line journals"), "cloud_off", "tills.journalentry"),
    item(_("Tills"), "devices", "tills.till"),
    item(_("Receipt numbers"), "tag", "tills.receiptblock"),
    item(_("Parked sales"), "pause_presentation", "tills.parkedsale"),
    item(_("Till operators"), "badge", "tills.operator"),
)
PROMOTIONS = group(
    _("Promotions"),
    item(_("Promotions"), "local_offer", "promotions.promotion"),
    item(_("Coupons"), "confirmation_number", "promotions.coupon"),
    item(_("Coupon batches"), "style", "promotions.couponbatch"),
    item(_("Uses of promotions"), "redeem", "promotions.redemption"),
)
CUSTOMERS = group(
    _("Customers"),
    item(_("Customers"), "person", "customers.customer"),
    item(_("Identities"), "badge", "customers.identity"),
    item(_("EC accounts"), "account_circle", "customers.account"),
    item(_("Addresses"), "home_pin", "customers.address"),
    item(_("Merges"), "merge", "customers.merge"),
    item(_("Link codes"), "pin", "customers.linkchallenge"),
)
POINTS = group(
    _("Points"),
    item(_("Point accounts"), "loyalty", "loyalty.pointaccount"),
    item(_("Point ledger"), "receipt_long", "loyalty.pointentry"),
    item(_("Point transactions"), "sync_alt", "loyalty.pointtransaction"),
    item(_("Point lots"), "hourglass_bottom", "loyalty.pointlot"),
    item(_("Point holds"), "lock_clock", "loyalty.pointhold"),
    item(_("Points programmes"), "redeem", "loyalty.programme"),
    item(_("Earning rates"), "percent", "loyalty.earningrate"),
)
CATALOGUE = group(
    _("Catalogue"),
    item(_("Products"), "category", "catalog.product"),
    item(_("Variants"), "style", "catalog.variant"),
    item(_("Codes"), "barcode", "catalog.variantcode"),
    item(_("Listings and prices"), "sell", "catalog.listing"),
    item(_("Price book"), "price_change", "catalog.price"),
    item(_("Brands"), "verified", "catalog.brand"),
    item(_("Categories"), "account_tree", "catalog.category"),
    item(_("Tax classes"), "account_balance", "catalog.taxclass"),
    item(_("Tax rates"), "percent", "catalog.taxrate"),
)
CHANNELS = group(
    _("Channels"),
    item(_("Sales channels"), "storefront", "organisation.saleschannel"),
    item(_("Channel sources"), "hub", "inventory.channelsource"),
    item(_("Channel buffers"), "shield", "inventory.channelbuffer"),
    item(_("Learned buffers"), "psychology", "inventory.learnedbuffer"),
    item(_("Preorders and backorders"), "event_upcoming", "inventory.backorderpolicy"),
    item(_("Waiting for stock"), "hourglass_top", "orders.linepromise"),
    item(_("Shipping methods"), "package_2", "orders.shippingmethod"),
    item(_("Shipping zones"), "map", "orders.shippingzone"),
    item(_("Carriers"), "local_shipping", "orders.carrier"),
    item(_("Routing rules"), "alt_route", "orders.routingrules"),
    item(_("Routing decisions"), "route", "orders.routingdecision"),
    item(_("Connections"), "cable", "connectors.connection"),
    item(_("Push states"), "cloud_upload", "connectors.pushstate"),
    item(_("Listing states"), "sell", "connectors.listingstate"),
    item(_("Shipment notices"), "local_shipping", "connectors.shipmentnotice"),
    item(_("Failed inbound orders"), "cloud_alert", "connectors.inboundfailure"),
    item(_("Refused files"), "file_present", "connectors.refusedfile"),
    item(_("Till entries"), "point_of_sale", "connectors.tillentry"),
    item(_("Till devices"), "devices", "connectors.tilldevice"),
    item(_("Comparisons"), "compare_arrows", "connectors.comparison"),
    item(_("Pauses"), "pause_circle", "connectors.pause"),
)
ORGANISATION = group(
    _("Organisation"),
    item(_("Locations"), "store", "organisation.location"),
    item(_("Companies"), "apartment", "organisation.company"),
    item(_("Users"), "group", "organisation.user"),
    item(_("Staff assignments"), "assignment_ind", "organisation.staffassignment"),
    item(_("Tender types"), "credit_card", "orders.tendertype"),
    item(_("Stamp duty limits"), "approval", "orders.stampdutylimit"),
    item(_("API keys"), "key", "organisation.apikey"),
)
SYSTEM = group(
    _("System"),
    item(_("Events"), "bolt", "outbox.event"),
    item(_("Failed deliveries"), "error", "outbox.failure"),
    item(_("Claims"), "fingerprint", "core.claim"),
    item(_("History imports"), "history", "backoffice.historyimport"),
)

GROUPS = (
    STOCK,
    COSTS,
    ORDERS,
    TILLS,
    PROMOTIONS,
    CUSTOMERS,
    POINTS,
    CATALOGUE,
    CHANNELS,
    ORGANISATION,
    SYSTEM,
)


def navigation(request: Any) -> list[dict[str, Any]]:
    """The groups in which the user may see anything."""
    return [HOME, *({**one, "permission": None} for one in GROUPS if one["permission"](request))]


UNFOLD = {
    "SITE_TITLE": _("Omni"),
    "SITE_HEADER": _("Omni"),
    "SITE_SUBHEADER": _("Stock, orders and customers of the group"),
    "SITE_SYMBOL": "hub",
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "backoffice.dashboard.dashboard",
    "STYLES": [stylesheet],
    "COLORS": {
        "primary": {
            "50": "oklch(97.0% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": navigation,
    },
}
