import { t } from "@omni/ui";

const CART = "omni.cart";
const COUNT = "omni.cart.count";

/** The cart of this browser; its id is the key to it. */
export function readCartId(): string | null {
  return localStorage.getItem(CART);
}

export function keepCartId(id: string): void {
  localStorage.setItem(CART, id);
}

export function forgetCart(): void {
  localStorage.removeItem(CART);
  keepCartCount(0);
}

export function keepCartCount(count: number): void {
  localStorage.setItem(COUNT, String(count));
  showCartCount();
}

/** Shows in the header, which Django made, how many units are in the cart. */
export function showCartCount(): void {
  const badge = document.getElementById("cart-count");
  if (!badge) return;
  const count = Number(localStorage.getItem(COUNT) ?? 0);
  badge.hidden = count === 0;
  badge.textContent = count > 99 ? "99+" : String(count);
  badge.closest("a")?.setAttribute("aria-label", t("site.cartCount", { n: count }));
}
