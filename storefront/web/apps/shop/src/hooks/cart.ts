import { api, type components, intentKey, Problem, unwrap } from "@omni/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { forgetCart, keepCartCount, keepCartId, readCartId } from "../parts/cart-count";
import { readShell } from "../shell";

export type Cart = components["schemas"]["Cart"];
export type CartLine = components["schemas"]["CartLine"];
export type Quote = components["schemas"]["Quote"];

const LOST = new Set(["not-found", "cart-ordered", "cart-merged"]);

export interface Wanted {
  sku: string;
  quantity: number;
  /** Where it is to be collected; null: delivered. */
  location: string | null;
}

/** The cart of this browser, or null where there is none (any more). */
export function useCart() {
  return useQuery({ queryKey: ["cart"], queryFn: readCart });
}

async function readCart(): Promise<Cart | null> {
  const cart = (await readKept()) ?? (readShell().signedIn ? await readMine() : null);
  if (!cart) {
    forgetCart();
    return null;
  }
  keepCartId(cart.id);
  keepCartCount(cart.lines.reduce((sum, line) => sum + line.quantity, 0));
  return cart;
}

/** The cart that this browser has begun; null once it was ordered, or merged into another. */
async function readKept(): Promise<Cart | null> {
  const id = readCartId();
  if (!id) return null;
  const cart = await unlessLost(
    api.GET("/api/v1/carts/{cart_id}/", { params: { path: { cart_id: id } } }),
  );
  return cart?.status === "OPEN" ? cart : null;
}

/** The one cart of who is signed in, begun on whichever device. */
function readMine(): Promise<Cart | null> {
  return unlessLost(api.GET("/api/v1/me/cart/"));
}

async function unlessLost(asked: Parameters<typeof unwrap<Cart>>[0]): Promise<Cart | null> {
  try {
    return await unwrap(asked);
  } catch (error) {
    if (error instanceof Problem && LOST.has(error.code)) return null;
    throw error;
  }
}

/**
 * Puts units into the cart, opening one where there is none. Trying again after a failure repeats
 * the same intent: units that did arrive are not added twice.
 */
export function useAddToCart(channel: string) {
  const queries = useQueryClient();
  const intent = useIntent();
  return useMutation({
    mutationFn: (wanted: Wanted) => addToCart(channel, wanted, intent.of(wanted)),
    onSuccess: () => {
      intent.done();
      return queries.invalidateQueries({ queryKey: ["cart"] }).then(() => readCart());
    },
  });
}

async function addToCart(channel: string, wanted: Wanted, key: string): Promise<void> {
  const kept = readCartId();
  try {
    await addLine(kept ?? (await openCart(channel)), wanted, key);
  } catch (error) {
    // The cart was ordered or merged, or is another member's: a new one, or the member's own.
    if (!kept || !(error instanceof Problem) || !LOST.has(error.code)) throw error;
    await addLine(await openCart(channel), wanted, key);
  }
}

async function openCart(channel: string): Promise<string> {
  const { id } = await unwrap(api.POST("/api/v1/carts/", { body: { channel } }));
  keepCartId(id);
  return id;
}

export async function addLine(cart: string, wanted: Wanted, key: string): Promise<void> {
  await unwrap(
    api.POST("/api/v1/carts/{cart_id}/lines/", {
      params: { path: { cart_id: cart }, header: { "Idempotency-Key": key } },
      body: {
        sku: wanted.sku,
        quantity: wanted.quantity,
        kind: wanted.location ? "PICKUP" : "SHIP",
        location: wanted.location,
        service_mode: "TAKE_OUT",
      },
    }),
  );
}

/** Changes and removes lines of the cart. */
export function useCartChanges(cart: string) {
  const queries = useQueryClient();
  const settled = { onSettled: () => queries.invalidateQueries({ queryKey: ["cart"] }) };
  const path = (line: CartLine) => ({ params: { path: { cart_id: cart, line_id: line.id } } });
  const setQuantity = useMutation({
    mutationFn: ({ line, quantity }: { line: CartLine; quantity: number }) =>
      unwrap(
        api.PATCH("/api/v1/carts/{cart_id}/lines/{line_id}/", {
          ...path(line),
          body: { quantity },
        }),
      ),
    ...settled,
  });
  const remove = useMutation({
    mutationFn: (line: CartLine) => removeLine(cart, line),
    ...settled,
  });
  return { setQuantity, remove };
}

export async function removeLine(cart: string, line: CartLine): Promise<void> {
  const params = { path: { cart_id: cart, line_id: line.id } };
  const outcome = await api.DELETE("/api/v1/carts/{cart_id}/lines/{line_id}/", { params });
  if (!outcome.response.ok) throw Problem.of(outcome.response.status, outcome.error);
}

export async function removeCoupon(cart: string, code: string): Promise<void> {
  const params = { path: { cart_id: cart, code } };
  const outcome = await api.DELETE("/api/v1/carts/{cart_id}/coupons/{code}/", { params });
  if (!outcome.response.ok) throw Problem.of(outcome.response.status, outcome.error);
}

/**
 * Gives the whole cart one way to get it: delivered, or collected at a shop.
 *
 * A line's way can't be changed, so another line takes its place. The key is made of the old
 * line's id: stopped halfway and tried again, nothing is added twice.
 */
export async function moveCart(cart: Cart, location: string | null): Promise<void> {
  for (const line of cart.lines) {
    if (line.location === location) continue;
    const wanted = { sku: line.sku, quantity: line.quantity, location };
    await addLine(cart.id, wanted, `move-${line.id}-${line.quantity}-${location ?? "ship"}`);
    await removeLine(cart.id, line);
  }
}

type QuoteForm = components["schemas"]["QuoteFormRequest"];

/** Where it goes, as far as it says so: half a prefecture or postal code is none. */
export function placeOf(contact: { prefecture: string; postal_code: string }) {
  const digits = contact.postal_code.normalize("NFKC").replace(/\D/g, "");
  return {
    prefecture: /[都道府県]$/.test(contact.prefecture.trim()) ? contact.prefecture.trim() : "",
    postal_code: digits.length === 7 ? digits : "",
  };
}

/** What the cart comes to with these points, delivered so; a signed-in member's from now on. */
export function useQuote(
  cart: Cart | null | undefined,
  points: number,
  asked: Pick<QuoteForm, "contact" | "delivery"> = {},
) {
  const lines = cart?.lines.map((line) => [line.id, line.quantity]);
  const coupons = cart?.coupons;
  return useQuery({
    queryKey: ["cart", "quote", cart?.id, lines, coupons, points, asked],
    enabled: Boolean(cart && cart.lines.length > 0),
    placeholderData: (before) => before,
    queryFn: () =>
      unwrap(
        api.POST("/api/v1/carts/{cart_id}/quote/", {
          params: { path: { cart_id: cart?.id ?? "" } },
          body: { points, ...asked },
        }),
      ),
  });
}

/** One key for one intent: kept while the same thing is tried again, new once it is done or differs. */
export function useIntent() {
  const kept = useRef<{ key: string; what: string } | null>(null);
  return {
    of(what: unknown): string {
      const text = JSON.stringify(what);
      if (kept.current?.what !== text) kept.current = { key: intentKey(), what: text };
      return kept.current.key;
    },
    done(): void {
      kept.current = null;
    },
  };
}
