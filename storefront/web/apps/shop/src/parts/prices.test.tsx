import { setLanguage } from "@omni/ui";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, describe, expect, it } from "vitest";
import type { CartLine } from "../hooks/cart";
import type { Product } from "../pages/ProductList";
import { LineAmount } from "./LineAmount";
import { ProductCard } from "./ProductCard";

const product: Product = {
  code: "tea",
  name: "煎茶",
  brand: { code: "leaf", name: "Leaf" },
  category: null,
  currency: "JPY",
  price_from: "1078",
  price_to: "1078",
  price_from_without_tax: "999",
  former_price: null,
  points_from: 0,
  available: 9,
  in_stock: true,
  variants: [],
};

const line: CartLine = {
  id: 1,
  sku: "TEA",
  name: {},
  quantity: 3,
  kind: "SHIP",
  location: null,
  service_mode: "TAKE_OUT",
  unit_price: "333",
  amount: "999",
  tax_inclusive: false,
  amount_with_tax: "1098",
  ahead: null,
  waits: 0,
  promised_date: null,
  short: 0,
  price_then: null,
  changed: null,
};

/** The price that a card shows, as it is marked up. */
function priceOf(fields: Partial<Product>): string | undefined {
  const card = <ProductCard product={{ ...product, ...fields }} eager={false} />;
  return renderToStaticMarkup(card).match(/<p class="card__price">(.*?)<\/p>/)?.[1];
}

afterEach(() => setLanguage("ja"));

describe("a card", () => {
  it("shows a price with its tax, and beside it the one without", () => {
    const shown = (price: string, without: string) =>
      `<span class="price">${price}</small><small class="price__without">${without}</small></span>`;

    expect(priceOf({})).toBe(shown("¥1,078<small>税込", "税抜 ¥999"));
    expect(priceOf({ price_to: "1382" })).toBe(shown("¥1,078から<small>税込", "税抜 ¥999"));
    setLanguage("en");
    expect(priceOf({})).toBe(shown("¥1,078<small>tax incl.", "¥999 excl. tax"));
  });

  it("says nothing of a price without tax where none is kept", () => {
    expect(priceOf({ price_from_without_tax: null })).toBe(
      '<span class="price">¥1,078<small>税込</small></span>',
    );
  });

  it("strikes through what was charged with tax", () => {
    expect(priceOf({ former_price: "1320" })).toBe(
      '<span class="price price--sale"><span class="price__former">当店通常価格 <s>¥1,320</s></span>' +
        '¥1,078<small>税込</small><small class="price__without">税抜 ¥999</small></span>',
    );
  });
});

describe("a cart's line", () => {
  const shown = (of: CartLine) => renderToStaticMarkup(<LineAmount line={of} currency="JPY" />);

  it("shows what it comes to with tax", () => {
    expect(shown(line)).toBe(
      '<span class="line__amount"><span class="price">¥1,098<small>税込</small>' +
        '<small class="price__without">税抜 ¥999</small></span></span>',
    );
    expect(shown({ ...line, amount: "1098", tax_inclusive: true })).toBe(
      '<span class="line__amount"><span class="price">¥1,098<small>税込</small></span></span>',
    );
  });

  it("shows nothing where it is no longer sold", () => {
    expect(shown({ ...line, unit_price: null, amount: null, amount_with_tax: null })).toBe("");
  });
});
