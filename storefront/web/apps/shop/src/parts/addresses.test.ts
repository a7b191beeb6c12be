import { describe, expect, it } from "vitest";
import type { Cart, Quote } from "../hooks/cart";
import { EMPTY, howOf, missing, tendersFor } from "./checkout-state";
import { listAddress } from "./list-address";
import { nextAddress } from "./next";

function cart(...locations: (string | null)[]): Cart {
  return { lines: locations.map((location) => ({ location })) } as Cart;
}

describe("where to go after signing in", () => {
  it.each([
    ["?next=/checkout/", "/checkout/"],
    ["", "/account/"],
    ["?next=//evil.example/", "/account/"],
    ["?next=/\\evil.example/", "/account/"],
    ["?next=https://evil.example/", "/account/"],
    ["?next=javascript:alert(1)", "/account/"],
  ])("%s leads to %s", (search, address) => {
    expect(nextAddress(search)).toBe(address);
  });
});

describe("a list's address", () => {
  it("keeps the search and changes one filter", () => {
    expect(listAddress({ q: "茶", brand: "", category: "tea" }, { category: "" })).toBe(
      `/?q=${encodeURIComponent("茶")}`,
    );
    expect(listAddress({ q: "", brand: "", category: "" })).toBe("/");
  });
});

describe("a checkout", () => {
  it.each([
    [cart(null, null), "ship"],
    [cart("shibuya"), "pickup"],
    [cart("shibuya", "ginza"), "pickup"],
    [cart(null, "ginza"), "mixed"],
  ])("knows how its goods are got", (given, how) => {
    expect(howOf(given)).toBe(how);
  });

  it("asks for an address only where something is delivered", () => {
    const contact = { ...EMPTY, name: "山田", email: "a@example.jp", phone: "03" };

    expect(missing(contact, "pickup")).toEqual([]);
    expect(missing(contact, "mixed")).toEqual(["postal_code", "prefecture", "city", "line1"]);
    expect(missing({ ...contact, name: " " }, "pickup")).toEqual(["name"]);
  });

  it("offers the ways to pay that fit", () => {
    const quote = { tenders: ["card", "cod", "pickup"] } as Quote;
    const tenders = [
      { code: "card", kind: "CARD", name: "" },
      { code: "cash", kind: "CASH", name: "" },
      { code: "cod", kind: "DEFERRED", name: "" },
      { code: "pickup", kind: "DEFERRED", name: "" },
    ];
    const codes = (how: "ship" | "pickup", cards: boolean) =>
      tendersFor(quote, tenders, how, cards).map((one) => one.code);

    expect(codes("ship", true)).toEqual(["card", "cod"]);
    expect(codes("pickup", false)).toEqual(["pickup"]);
  });
});
