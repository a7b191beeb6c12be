"""The shop window: one page that lists the stock, keeps its numbers fresh, and sells."""

from __future__ import annotations

import re
import sqlite3
from html import escape
from urllib.parse import parse_qsl, urlencode

from sandbox.orders import DEFAULT_UNIT_PRICE, Orders
from sandbox.stock import Stock
from sandbox.web import Answer, Refusal, Request, Route

SHOWN = 100

WORDS = {
    "ja": {
        "title": "サンドボックス EC",
        "lead": "よその会社のショップの代役です。在庫はプラットフォームから届きます。",
        "search": "SKU でさがす",
        "find": "検索",
        "left": "在庫",
        "unit": "点",
        "buy": "購入する",
        "quantity": "数量",
        "sold_out": "在庫切れ",
        "price": f"{DEFAULT_UNIT_PRICE:,}円(税込)",
        "ordered": "ご注文を承りました。注文番号",
        "short": "在庫が足りません。",
        "empty": "該当する商品がありません。",
    },
    "en": {
        "title": "Sandbox EC",
        "lead": "A stand-in for another company's shop. The platform tells it what is in stock.",
        "search": "Find by SKU",
        "find": "Find",
        "left": "In stock",
        "unit": "",
        "buy": "Buy",
        "quantity": "Quantity",
        "sold_out": "Sold out",
        "price": f"¥{DEFAULT_UNIT_PRICE:,} incl. tax",
        "ordered": "Thank you. Your order number is",
        "short": "Not enough in stock.",
        "empty": "Nothing found.",
    },
}

STYLE = """
:root { color-scheme: light dark; --line: #8884; --accent: #0b6e4f; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --accent: #5fd1a8; --on: #06231a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; line-height: 1.6;
  font-family: system-ui, "Hiragino Sans", "Noto Sans JP", sans-serif; }
h1 { font-size: 1.4rem; margin: 0; }
p { margin: .25rem 0 1rem; }
form { display: flex; gap: .5rem; }
input, button { font: inherit; min-height: 44px; border-radius: .5rem; padding: 0 .75rem;
  border: 1px solid var(--line); }
input { min-width: 0; flex: 1; }
input[type=number] { flex: 0 0 4.5rem; }
button { background: var(--accent); color: var(--on); border: 0; flex: 0 0 auto; cursor: pointer; }
button:disabled { background: var(--line); color: inherit; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
ul { list-style: none; padding: 0; display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); }
li { border: 1px solid var(--line); border-radius: .75rem; padding: .75rem; }
li b { overflow-wrap: anywhere; }
li dl { display: flex; justify-content: space-between; margin: .25rem 0 .5rem; gap: .5rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
[role=status] { border-left: 4px solid var(--accent); padding: .5rem .75rem; }
"""

# Numbers only: what the shopper is typing stays as it is.
SCRIPT = """
setInterval(async () => {
  if (document.hidden) return;
  try {
    const text = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const now of document.querySelectorAll("[data-sku]")) {
      const next = fresh.querySelector(`[data-sku="${CSS.escape(now.dataset.sku)}"]`);
      if (!next) continue;
      now.querySelector("dd").textContent = next.querySelector("dd").textContent;
      const button = next.querySelector("button"), old = now.querySelector("button");
      old.disabled = button.disabled;
      old.textContent = button.textContent;
    }
  } catch { /* the site is away; the next round asks again */ }
}, 1000);
"""


class Page:
    def __init__(self, stock: Stock, orders: Orders) -> None:
        self._stock = stock
        self._orders = orders

    def routes(self) -> list[Route]:
        return [("GET", "/", self.show), ("POST", "/buy", self.buy)]

    def show(self, request: Request) -> Answer:
        language = preferred_language(request.headers.get("accept-language", ""))
        wanted = request.query.get("q", "")
        rows = self._stock.find(wanted, limit=SHOWN)
        html = _document(language, wanted, _notice(request.query, WORDS[language]), rows)
        return Answer(200, html.encode(), "text/html; charset=utf-8", (("Vary", "Accept-Language"),))

    def buy(self, request: Request) -> Answer:
        """Sell what the form names and show the window again."""
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        quantity = form.get("quantity", "1")
        if not re.fullmatch(r"[1-9][0-9]{0,5}", quantity):
            raise Refusal(400, "bad-field", field="quantity")
        shown = {"q": form.get("q", "")}
        try:
            order = self._orders.sell(sku=form.get("sku", ""), quantity=int(quantity))
        except Refusal:
            shown["short"] = "1"
        else:
            shown["ordered"] = f"SB-{order['id']:06d}"
        return Answer(303, b"", headers=(("Location", f"/?{urlencode(shown)}"),))


def preferred_language(accepted: str) -> str:
    """English where the browser prefers it to Japanese, else Japanese (RFC 9110, 12.5.4)."""
    weights = {"ja": 0.0, "en": 0.0}
    for part in accepted.split(","):
        found = re.fullmatch(r"\s*(ja|en)(?:-[\w-]+)?\s*(?:;\s*q=([01](?:\.\d*)?))?\s*", part, re.I)
        if found:
            language = found[1].lower()
            weights[language] = max(weights[language], float(found[2] or 1))
    return "en" if weights["en"] > weights["ja"] else "ja"


def _notice(query: dict[str, str], words: dict[str, str]) -> str:
    if number := query.get("ordered"):
        return f'<p role="status">{words["ordered"]} <b>{escape(number)}</b></p>'
    return f'<p role="status">{words["short"]}</p>' if "short" in query else ""


def _document(language: str, wanted: str, notice: str, rows: list[sqlite3.Row]) -> str:
    words = WORDS[language]
    cards = "".join(_card(row, wanted, words) for row in rows)
    return f"""<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{words["title"]}</title>
<style>{STYLE}</style>
<h1>{words["title"]}</h1>
<p>{words["lead"]}</p>
{notice}
<form role="search"><input type="search" name="q" value="{escape(wanted)}"
 aria-label="{words["search"]}" placeholder="{words["search"]}">
<button>{words["find"]}</button></form>
<main>{f"<ul>{cards}</ul>" if cards else f"<p>{words['empty']}</p>"}</main>
<script>{SCRIPT}</script>
</html>
"""


def _card(row: sqlite3.Row, wanted: str, words: dict[str, str]) -> str:
    sku = escape(row["sku"])
    off = "" if row["available"] else " disabled"
    return f"""
<li data-sku="{sku}"><b>{sku}</b><br>{words["price"]}
<dl><dt>{words["left"]}</dt><dd>{row["available"]:,}{words["unit"]}</dd></dl>
<form method="post" action="/buy"><input type="hidden" name="sku" value="{sku}">
<input type="hidden" name="q" value="{escape(wanted)}">
<input type="number" name="quantity" value="1" min="1" max="999999"
 aria-label="{words["quantity"]}">
<button{off}>{words["sold_out"] if off else words["buy"]}</button></form></li>"""
