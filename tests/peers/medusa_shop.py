"""A Medusa server set up as a Japanese shop by its Admin API, and shoppers on its Store API."""

import subprocess
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

EMAIL, PASSWORD = "admin@example.jp", "correct horse 9"


@dataclass
class Api:
    url: str
    http: httpx.Client

    def ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self.http.request(method, f"{self.url}/{path}", **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        return self.ask("POST", path, json=body)

    def get(self, path: str, **params: Any) -> Any:
        return self.ask("GET", path, params=params)


@dataclass
class MedusaShop:
    url: str
    admin: Api
    store: Api
    key: str
    sales_channel: str
    region: str
    location: str
    profile: str
    delivery: str

    def make_variant(self, sku: str) -> str:
        """A product of one variant, on sale for 1 yen, none in stock; the variant's ID."""
        product = self.admin.post(
            "admin/products",
            title=sku,
            status="published",
            shipping_profile_id=self.profile,
            options=[{"title": "Size", "values": ["One"]}],
            sales_channels=[{"id": self.sales_channel}],
            variants=[
                {
                    "title": "One",
                    "sku": sku,
                    "options": {"Size": "One"},
                    "manage_inventory": True,
                    "prices": [{"currency_code": "jpy", "amount": 1}],
                }
            ],
        )["product"]
        return str(product["variants"][0]["id"])

    def variant(self, variant_id: str) -> Any:
        fields = (
            "id,sku,product_id,inventory_items.inventory_item_id,prices.id,prices.amount,prices.currency_code"
        )
        found = self.admin.get("admin/product-variants", id=variant_id, fields=fields)["variants"]
        return found[0]

    def level(self, variant_id: str) -> tuple[int, int]:
        """(stocked, reserved)"""
        [item] = self.variant(variant_id)["inventory_items"]
        path = f"admin/inventory-items/{item['inventory_item_id']}/location-levels"
        [level] = self.admin.get(path)["inventory_levels"]
        return level["stocked_quantity"], level["reserved_quantity"]

    def set_on_hand(self, variant_id: str, units: int) -> None:
        [item] = self.variant(variant_id)["inventory_items"]
        path = f"admin/inventory-items/{item['inventory_item_id']}/location-levels/{self.location}"
        self.admin.post(path, stocked_quantity=units)

    def set_price(self, variant_id: str, amount: int) -> None:
        found = self.variant(variant_id)
        [price] = found["prices"]
        prices = [{"id": price["id"], "currency_code": "jpy", "amount": amount}]
        self.admin.post(f"admin/products/{found['product_id']}/variants/{variant_id}", prices=prices)

    def shown(self, variant_id: str) -> tuple[int, int] | None:
        """The price with tax that shoppers see, and how many there are; None where they don't see it."""
        fields = "*variants.calculated_price,+variants.inventory_quantity"
        products = self.store.get("store/products", region_id=self.region, fields=fields, limit=200)[
            "products"
        ]
        for variant in (one for product in products for one in product["variants"]):
            if variant["id"] == variant_id:
                price = variant["calculated_price"]
                return price and (price["calculated_amount"], variant["inventory_quantity"])
        return None

    def buyable(self, variant_id: str) -> int:
        """How many a shopper can have in a cart, found by trying."""
        most = 0
        while self.try_cart(variant_id, most + 1) is not None:
            most += 1
        return most

    def try_cart(self, variant_id: str, quantity: int) -> Any:
        cart = self.store.post(
            "store/carts",
            region_id=self.region,
            sales_channel_id=self.sales_channel,
            email="hanako@example.jp",
        )["cart"]
        body = {"variant_id": variant_id, "quantity": quantity}
        answer = self.store.http.post(f"{self.url}/store/carts/{cart['id']}/line-items", json=body)
        return answer.json()["cart"] if answer.is_success else None

    def fill_cart(self, variant_id: str, quantity: int) -> str:
        """A cart at the last step before paying."""
        cart = self.try_cart(variant_id, quantity)["id"]
        self.store.post(f"store/carts/{cart}", shipping_address=HOME, billing_address=HOME)
        self.store.post(f"store/carts/{cart}/shipping-methods", option_id=self.delivery)
        payment = self.store.post("store/payment-collections", cart_id=cart)["payment_collection"]["id"]
        self.store.post(
            f"store/payment-collections/{payment}/payment-sessions", provider_id="pp_system_default"
        )
        return str(cart)

    def pay(self, cart: str) -> str | None:
        """Check out; the order's ID, or None where Medusa refuses."""
        answer = self.store.http.post(f"{self.url}/store/carts/{cart}/complete")
        body = answer.json()
        return str(body["order"]["id"]) if answer.is_success and body["type"] == "order" else None

    def buy(self, variant_id: str, quantity: int) -> str:
        number = self.pay(self.fill_cart(variant_id, quantity))
        assert number is not None
        return number

    def order(self, number: str) -> Any:
        fields = "id,total,fulfillment_status,*fulfillments,*fulfillments.labels"
        return self.admin.get(f"admin/orders/{number}", fields=fields)["order"]


HOME = {
    "first_name": "花子",
    "last_name": "山田",
    "address_1": "神宮前1-2-3",
    "city": "渋谷区",
    "province": "東京都",
    "postal_code": "150-0001",
    "country_code": "jp",
    "phone": "0312345678",
}


def set_up(url: str) -> MedusaShop:
    """Yen with tax inside, delivery for 500 yen, payment by hand, a secret and a publishable key."""
    admin = Api(url, httpx.Client(timeout=60, trust_env=False))
    token = admin.post("auth/user/emailpass", email=EMAIL, password=PASSWORD)["token"]
    admin.http.headers["authorization"] = f"Bearer {token}"
    channel = admin.post("admin/sales-channels", name="Web")["sales_channel"]["id"]
    store = admin.get("admin/stores")["stores"][0]["id"]
    currency = {"currency_code": "jpy", "is_default": True, "is_tax_inclusive": True}
    admin.post(f"admin/stores/{store}", supported_currencies=[currency], default_sales_channel_id=channel)
    region = admin.post(
        "admin/regions",
        name="日本",
        currency_code="jpy",
        countries=["jp"],
        payment_providers=["pp_system_default"],
        is_tax_inclusive=True,
    )["region"]["id"]
    rate = {"name": "10 %", "rate": 10, "code": "standard"}
    admin.post("admin/tax-regions", country_code="jp", provider_id="tp_system", default_tax_rate=rate)
    location = admin.post("admin/stock-locations", name="倉庫")["stock_location"]["id"]
    admin.post(f"admin/stock-locations/{location}/sales-channels", add=[channel])
    admin.post(f"admin/stock-locations/{location}/fulfillment-providers", add=["manual_manual"])
    profile = admin.post("admin/shipping-profiles", name="goods", type="goods")["shipping_profile"]["id"]
    delivery = make_delivery(admin, location, profile)
    publishable = admin.post("admin/api-keys", title="Web", type="publishable")["api_key"]
    admin.post(f"admin/api-keys/{publishable['id']}/sales-channels", add=[channel])
    secret = admin.post("admin/api-keys", title="omni", type="secret")["api_key"]["token"]
    shoppers = Api(
        url,
        httpx.Client(timeout=60, trust_env=False, headers={"x-publishable-api-key": publishable["token"]}),
    )
    return MedusaShop(url, admin, shoppers, secret, channel, region, location, profile, delivery)


def make_delivery(admin: Api, location: str, profile: str) -> str:
    made = admin.post(f"admin/stock-locations/{location}/fulfillment-sets", name="delivery", type="shipping")
    found = admin.get(f"admin/stock-locations/{location}", fields="*fulfillment_sets")
    [delivery] = found["stock_location"]["fulfillment_sets"]
    zone = admin.post(
        f"admin/fulfillment-sets/{delivery['id']}/service-zones",
        name="日本",
        geo_zones=[{"type": "country", "country_code": "jp"}],
    )["fulfillment_set"]["service_zones"][0]["id"]
    assert made
    option = admin.post(
        "admin/shipping-options",
        name="宅配便",
        service_zone_id=zone,
        shipping_profile_id=profile,
        provider_id="manual_manual",
        price_type="flat",
        type={"label": "宅配便", "description": "", "code": "standard"},
        prices=[{"currency_code": "jpy", "amount": 500}],
        rules=[],
    )
    return str(option["shipping_option"]["id"])


def command(node_modules: Path) -> list[str]:
    return ["node", str(node_modules / "@medusajs" / "cli" / "cli.js")]


def prepare(home: Path, variables: Mapping[str, str], log: Path) -> None:
    """Make the tables, and a user of the admin."""
    medusa = command(home / "node_modules")
    with log.open("ab") as out:
        for arguments in (["db:migrate", "--skip-scripts"], ["user", "-e", EMAIL, "-p", PASSWORD]):
            subprocess.run(
                [*medusa, *arguments], cwd=home, env=dict(variables), stdout=out, stderr=out, check=True
            )


def basic(key: str) -> str:
    return "Basic " + b64encode(f"{key}:".encode()).decode()
