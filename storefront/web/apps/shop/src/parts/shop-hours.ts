import type { StockState } from "@omni/api";
import { clockTime, t } from "@omni/ui";
import type { Shop } from "../shell";

/** Until when a shop takes no online orders, by what was heard last; null where it takes them. */
export function pausedUntil(
  shop: Shop,
  state?: StockState | undefined,
  now = new Date(),
): string | null {
  const until = state?.paused ? (state.paused[shop.code] ?? null) : shop.paused_until;
  return until !== null && new Date(until) > now ? until : null;
}

/** One line for people: that it is paused, or when an order is ready, and whether it is open. */
export function describeShop(shop: Shop, state?: StockState | undefined, now = new Date()): string {
  const at = (moment: string) => clockTime(moment, shop.time_zone, now);
  const paused = pausedUntil(shop, state, now);
  if (paused) return t("shop.paused", { time: at(paused) });
  const parts = [describeHours(shop, at)];
  if (shop.pickup_ready_at) parts.push(t("shop.ready", { time: at(shop.pickup_ready_at) }));
  return parts.filter(Boolean).join(t("shop.and"));
}

function describeHours(shop: Shop, at: (moment: string) => string): string {
  if (shop.open_now === null) return "";
  if (shop.open_now) {
    return shop.closes_at ? t("shop.openUntil", { time: at(shop.closes_at) }) : t("shop.open");
  }
  const closed = shop.reason ? t("shop.closedFor", { reason: shop.reason }) : t("shop.closed");
  if (!shop.next_opening_at) return closed;
  return `${closed}${t("shop.and")}${t("shop.opens", { time: at(shop.next_opening_at) })}`;
}
