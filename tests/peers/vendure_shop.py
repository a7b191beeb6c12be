"""A Vendure server set up as a Japanese shop by its Admin API, and shoppers on its Shop API."""

from dataclasses import dataclass, field
from typing import Any

import httpx

PASSWORD = "correct horse 9"


@dataclass
class Api:
    """One of Vendure's two APIs, as one user: the bearer token that it hands out is sent back."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.http.post(self.url, json={"query": query, "variables": variables}, headers=self.headers)
        if token := answer.headers.get("vendure-auth-token"):
            self.headers["authorization"] = f"Bearer {token}"
        body = answer.json()
        assert "errors" not in body, body["errors"]
        [result] = body["data"].values()
        assert not (isinstance(result, dict) and result.get("errorCode")), result
        return result


@dataclass
class VendureShop:
    url: str
    admin: Api
    key: str

    def shopper(self) -> Api:
        return Api(f"{self.url}/shop-api")

    def make_variant(self, sku: str) -> str:
        """A product of one variant, on sale for 1 yen, none in stock; its ID."""
        text = [{"languageCode": "en", "name": sku, "slug": sku.lower(), "description": ""}]
        product = self.admin.ask(
            "mutation ($i: CreateProductInput!) { createProduct(input: $i) { id } }", i={"translations": text}
        )
        variant = {
            "productId": product["id"],
            "sku": sku,
            "price": 100,
            "translations": [{"languageCode": "en", "name": sku}],
        }
        [made] = self.admin.ask(
            "mutation ($i: [CreateProductVariantInput!]!) { createProductVariants(input: $i) { id } }",
            i=[variant],
        )
        return str(made["id"])

    def level(self, variant_id: str) -> tuple[int, int]:
        """(on hand, allocated)"""
        found = self.admin.ask(
            "query ($i: ID!) { productVariant(id: $i) { stockLevels { stockOnHand stockAllocated } } }",
            i=variant_id,
        )
        [level] = found["stockLevels"]
        return level["stockOnHand"], level["stockAllocated"]

    def set_on_hand(self, variant_id: str, units: int) -> None:
        self.change_variant(variant_id, stockOnHand=units)

    def change_variant(self, variant_id: str, **changes: Any) -> None:
        self.admin.ask(
            "mutation ($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }",
            i=[{"id": variant_id, **changes}],
        )

    def shown(self, variant_id: str) -> tuple[int, str] | None:
        """The price with tax and the currency that shoppers see; None where they don't."""
        products = self.shopper().ask("{ products { items { variants { id priceWithTax currencyCode } } } }")[
            "items"
        ]
        for variant in (one for product in products for one in product["variants"]):
            if variant["id"] == variant_id:
                return variant["priceWithTax"], variant["currencyCode"]
        return None

    def buyable(self, variant_id: str) -> int:
        """How many a shopper who wants very many can put into a cart."""
        body = self.shopper().http.post(
            f"{self.url}/shop-api",
            json={"query": ADD, "variables": {"variant": variant_id, "quantity": 900}},
        )
        result = body.json()["data"]["addItemToOrder"]
        return int(result.get("quantityAvailable", 900))

    def fill_cart(self, variant_id: str, quantity: int) -> Api:
        """A shopper at the last step before paying."""
        shopper = self.shopper()
        added = shopper.ask(ADD, variant=variant_id, quantity=quantity)
        assert added["totalQuantity"] == quantity
        shopper.ask(
            CUSTOMER, i={"firstName": "花子", "lastName": "山田", "emailAddress": "hanako@example.jp"}
        )
        shopper.ask(ADDRESS, i=HOME)
        [method, *_] = shopper.ask("{ eligibleShippingMethods { id } }")
        shopper.ask(
            "mutation ($i: [ID!]!) { setOrderShippingMethod(shippingMethodId: $i) { __typename } }",
            i=[method["id"]],
        )
        return shopper

    def pay(self, shopper: Api) -> str | None:
        """Check out; the order's code, or None where Vendure refuses for lack of stock."""
        state = shopper.ask(
            'mutation { transitionOrderToState(state: "ArrangingPayment") { ... on Order { code }'
            " ... on OrderStateTransitionError { transitionError } } }"
        )
        if "code" not in state:
            return None
        paid = shopper.ask(PAY)
        return str(paid["code"]) if paid.get("orderPlacedAt") else None

    def buy(self, variant_id: str, quantity: int) -> str:
        code = self.pay(self.fill_cart(variant_id, quantity))
        assert code is not None
        return code

    def order(self, code: str) -> dict[str, Any]:
        [found] = self.admin.ask(ORDER, code=code)["items"]
        return dict(found)


ADD = """
mutation ($variant: ID!, $quantity: Int!) {
  addItemToOrder(productVariantId: $variant, quantity: $quantity) {
    ... on Order { totalQuantity }
    ... on InsufficientStockError { quantityAvailable }
  }
}
"""
CUSTOMER = """
mutation ($i: CreateCustomerInput!) {
  setCustomerForOrder(input: $i) { ... on Order { id } ... on ErrorResult { errorCode message } }
}
"""
ADDRESS = """
mutation ($i: CreateAddressInput!) {
  setOrderShippingAddress(input: $i) { ... on Order { id } ... on ErrorResult { errorCode message } }
}
"""
PAY = """
mutation {
  addPaymentToOrder(input: {method: "card", metadata: {}}) {
    ... on Order { code orderPlacedAt }
    ... on ErrorResult { errorCode message }
  }
}
"""
ORDER = """
query ($code: String!) {
  orders(options: {filter: {code: {eq: $code}}}) {
    items { id state totalWithTax fulfillments { id state method trackingCode lines { quantity } } }
  }
}
"""
HOME = {
    "fullName": "山田 花子",
    "streetLine1": "神宮前1-2-3",
    "city": "渋谷区",
    "province": "東京都",
    "postalCode": "150-0001",
    "countryCode": "JP",
    "phoneNumber": "0312345678",
}


def set_up(url: str) -> VendureShop:
    """Yen, prices with 10 % tax inside, delivery for 500 yen, a card that always pays, and an API key."""
    admin = Api(f"{url}/admin-api")
    login = 'mutation ($p: String!) { login(username: "superadmin", password: $p) { __typename } }'
    assert admin.ask(login, p=PASSWORD)["__typename"] == "CurrentUser"
    country = admin.ask(
        "mutation ($i: CreateCountryInput!) { createCountry(input: $i) { id } }",
        i={"code": "JP", "enabled": True, "translations": [{"languageCode": "en", "name": "Japan"}]},
    )
    zone = admin.ask(
        "mutation ($i: CreateZoneInput!) { createZone(input: $i) { id } }",
        i={"name": "Japan", "memberIds": [country["id"]]},
    )
    category = admin.ask('mutation { createTaxCategory(input: {name: "standard", isDefault: true}) { id } }')
    admin.ask(
        "mutation ($i: CreateTaxRateInput!) { createTaxRate(input: $i) { id } }",
        i={"name": "10 %", "enabled": True, "value": 10, "categoryId": category["id"], "zoneId": zone["id"]},
    )
    channel = admin.ask("{ activeChannel { id } }")
    admin.ask(
        "mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { __typename } }",
        i={
            "id": channel["id"],
            "defaultTaxZoneId": zone["id"],
            "defaultShippingZoneId": zone["id"],
            "pricesIncludeTax": True,
            "availableCurrencyCodes": ["JPY"],
            "defaultCurrencyCode": "JPY",
        },
    )
    admin.ask(
        "mutation ($i: CreateShippingMethodInput!) { createShippingMethod(input: $i) { id } }", i=DELIVERY
    )
    admin.ask("mutation ($i: CreatePaymentMethodInput!) { createPaymentMethod(input: $i) { id } }", i=CARD)
    return VendureShop(url, admin, make_key(admin))


def make_key(admin: Api) -> str:
    roles = admin.ask("{ roles { items { id code } } }")["items"]
    [owner] = [role["id"] for role in roles if role["code"] == "__super_admin_role__"]
    made = admin.ask(
        "mutation ($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }",
        i={"roleIds": [owner], "translations": [{"languageCode": "en", "name": "omni"}]},
    )
    return str(made["apiKey"])


DELIVERY = {
    "code": "delivery",
    "fulfillmentHandler": "manual-fulfillment",
    "translations": [{"languageCode": "en", "name": "Delivery", "description": ""}],
    "checker": {
        "code": "default-shipping-eligibility-checker",
        "arguments": [{"name": "orderMinimum", "value": "0"}],
    },
    "calculator": {
        "code": "default-shipping-calculator",
        "arguments": [
            {"name": "rate", "value": "50000"},
            {"name": "includesTax", "value": "include"},
            {"name": "taxRate", "value": "10"},
        ],
    },
}
CARD = {
    "code": "card",
    "enabled": True,
    "translations": [{"languageCode": "en", "name": "Card", "description": ""}],
    "handler": {
        "code": "dummy-payment-handler",
        "arguments": [{"name": "automaticSettle", "value": "true"}],
    },
}
