import type { components } from "@omni/api";
import type { Cart, Quote } from "../hooks/cart";

export type Contact = Required<Omit<components["schemas"]["ContactRequest"], "country">>;

export const EMPTY: Contact = {
  name: "",
  name_kana: "",
  email: "",
  phone: "",
  postal_code: "",
  prefecture: "",
  city: "",
  line1: "",
  line2: "",
};

const ALWAYS = ["name", "email", "phone"] as const;
const DELIVERED = ["postal_code", "prefecture", "city", "line1"] as const;

export type How = "ship" | "pickup" | "mixed";

/** How the lines of a cart are got. */
export function howOf(cart: Cart): How {
  const shops = new Set(cart.lines.map((line) => line.location));
  if (shops.size === 1) return shops.has(null) ? "ship" : "pickup";
  return shops.has(null) ? "mixed" : "pickup";
}

/** What of the contact is still to be filled in. */
export function missing(contact: Contact, how: How): (keyof Contact)[] {
  const wanted = how === "pickup" ? ALWAYS : [...ALWAYS, ...DELIVERED];
  return wanted.filter((field) => !contact[field].trim());
}

export interface Tender {
  code: string;
  kind: string;
  name: string;
}

/** Of the ways to pay that a quote offers, those that fit how the goods are got. */
export function tendersFor(
  quote: Quote,
  tenders: Tender[],
  how: How,
  testCards: boolean,
): Tender[] {
  const unfit = how === "pickup" ? "cod" : "pickup";
  return tenders.filter(
    (tender) =>
      quote.tenders.includes(tender.code) &&
      tender.code !== unfit &&
      (tender.kind === "DEFERRED" || (tender.kind === "CARD" && testCards)),
  );
}
