"""The storefront in a real browser, against the platform's real processes."""

import re
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from catalog.services import NewPrice, Scope, set_prices
from inventory.models import Reservation, StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from orders.models import Order
from tests import factories
from tests.e2e.conftest import MEMBER_NUMBER, PASSWORD, Town, lose_first_answer
from tests.stack import Stack


def test_a_member_buys_with_shop_points_and_picks_up(platform: Stack, town: Town, page: Page) -> None:
    sale = {"member": MEMBER_NUMBER, "lines": [{"code": "TEE-M", "quantity": 2}]}
    town.till("sales/", {**sale, "receipt_number": "A-1", "tenders": [{"tender": "cash"}]}, "sale-1")

    sign_in(page, platform, town)
    expect(page.locator(".wallet__number")).to_contain_text("60")
    put_into_cart(page, platform)
    number = check_out(page)

    # Both answers that were lost on the way were asked for again, and nothing was done twice.
    order = Order.objects.get(channel=town.channel)
    held = Reservation.objects.get(status="COMMITTED")
    assert (order.number, order.total, order.points_spent) == (number, 2940, 60)
    assert order.customer == town.member
    assert (held.location, held.quantity) == (town.shop, 1)

    town.till(
        f"orders/{number}/hand-over/", {"tenders": [{"tender": "cash", "amount": "2940"}]}, "hand-over-1"
    )
    page.get_by_role("link", name="ご注文の詳細").click()
    expect(page.get_by_role("heading", name=f"ご注文 {number}")).to_be_visible()
    expect(page.locator(".badge", has_text="完了").first).to_be_visible()
    assert StockLevel.objects.get(variant=town.shirt, location=town.shop).on_hand == 0


def sign_in(page: Page, platform: Stack, town: Town) -> None:
    page.goto(f"{platform.web}/account/")
    page.get_by_label("メールアドレス").fill(town.user.email)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    expect(page).to_have_url(f"{platform.web}/account/")


def put_into_cart(page: Page, platform: Stack) -> None:
    page.goto(f"{platform.web}/products/tee/")
    page.get_by_label("受け取り店舗").select_option(label="渋谷店")
    lose_first_answer(page, "**/api/v1/carts/*/lines/")
    page.get_by_role("button", name="カートに入れる").click()
    expect(page.get_by_text("通信できませんでした")).to_be_visible()
    page.get_by_role("button", name="カートに入れる").click()
    page.get_by_role("link", name="カートを見る").click()
    expect(page.get_by_role("link", name="天竺Tシャツ")).to_be_visible()
    page.get_by_role("link", name="レジに進む").click()


def check_out(page: Page) -> str:
    page.get_by_text("店舗で受け取り").click()
    expect(page.get_by_label("受け取り店舗")).to_have_value(re.compile("store-"))
    page.get_by_label("お名前", exact=True).fill("山田 花子")
    page.get_by_label("電話番号").fill("03-1234-5678")
    page.get_by_text("すべて使う（60ポイント）").click()
    expect(page.locator(".sums__total dd")).to_have_text("¥2,940")
    page.get_by_role("button", name="ご注文内容を確認する").click()
    for term in (
        "販売数量",
        "販売価格・送料の合計",
        "支払の時期と方法",
        "引渡しの時期",
        "申込みの撤回・解除",
    ):
        expect(page.get_by_text(term)).to_be_visible()
    lose_first_answer(page, "**/api/v1/carts/*/checkout/")
    page.get_by_role("button", name="注文を確定する").click()
    expect(page.get_by_role("heading", name="ご注文ありがとうございます")).to_be_visible()
    # Below it is the code to be shown at the shop.
    return page.locator(".number").first.inner_text()


def test_a_tills_sale_changes_the_number_on_an_open_page(platform: Stack, town: Town, page: Page) -> None:
    page.goto(f"{platform.web}/products/tee/")
    expect(page.get_by_text("在庫はこの画面で自動的に更新されます")).to_be_visible()
    shop = page.locator(".live__row", has_text="渋谷店").locator(".live__number")
    expect(shop).to_have_text("3点")

    sale = {"receipt_number": "A-1", "lines": [{"code": "TEE-M"}], "tenders": [{"tender": "cash"}]}
    town.till("sales/", sale, "sale-1")

    expect(shop).to_have_text("2点")
    expect(page.locator(".live__row--online .live__number")).to_have_text("5点")


FIRST_CONTENT = "#app h1, #app .price, #app .stock, #app .chip, #app .points"


TAKEN_OVER = {
    "/": ".list__results [role=status]",
    "/products/tee/": ".live__find",
    "/products/cup/": ".live__find",
}


def test_what_react_shows_first_is_what_django_wrote(
    platform: Stack, town: Town, browser: Browser, page: Page
) -> None:
    """A price that is kept without tax too, which is shown with it."""
    cup = factories.variant(product=factories.product(code="cup"))
    factories.listing(cup, town.channel, 999, tax_inclusive=False)
    factories.stock(cup, town.shop, 3)
    prices = []
    for path, taken_over in TAKEN_OVER.items():
        with closing(browser.new_context(java_script_enabled=False, locale="ja-JP")) as context:
            plain = context.new_page()
            plain.goto(f"{platform.web}{path}")
            written = plain.locator(FIRST_CONTENT).all_inner_texts()

        page.goto(f"{platform.web}{path}")
        expect(page.locator(taken_over)).to_be_attached()

        assert written
        assert page.locator(FIRST_CONTENT).all_inner_texts() == written
        prices += [text.split() for text in written if "¥1,098" in text]
    assert prices == [["¥1,098税込", "税抜", "¥999"]] * 2


def test_a_sale_shows_what_was_charged_before(platform: Stack, town: Town, page: Page) -> None:
    now = timezone.now()
    scope = Scope(town.channel.currency, channel_id=town.channel.pk)
    sale = NewPrice(town.shirt.pk, scope, Decimal(2400), now, now + timedelta(days=7), "SALE")
    with db.transaction():
        set_prices(prices=[sale], actor=SYSTEM, now=now)

    page.goto(f"{platform.web}/")
    expect(page.locator(".list__results [role=status]")).to_be_attached()
    expect(page.locator(".card__price")).to_have_text("当店通常価格 ¥3,000¥2,400税込")
    page.goto(f"{platform.web}/products/tee/")
    expect(page.locator(".live__find")).to_be_attached()
    expect(page.locator(".product__price s")).to_have_text("¥3,000")
    page.get_by_role("button", name="カートに入れる").click()
    page.get_by_role("link", name="カートを見る").click()
    expect(page.get_by_text("¥2,400").first).to_be_visible()
