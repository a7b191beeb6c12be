import { api, type components, unwrap } from "@omni/api";
import { useQuery } from "@tanstack/react-query";
import type { Cart } from "./cart";

type Options = components["schemas"]["CartOptions"];
type Slot = components["schemas"]["Slot"];

/** What a shopper may ask of the delivery; empty: nothing. */
export interface Wish {
  date: string;
  slot: string;
}

export const NO_WISH: Wish = { date: "", slot: "" };

export interface DeliveryDays {
  dates: string[];
  slots: Slot[];
}

/** The days and slots that suit everything in the cart that is delivered. */
export function useDeliveryDays(cart: Cart, place: { prefecture: string; postal_code: string }) {
  const lines = cart.lines.map((line) => [line.id, line.quantity]);
  return useQuery({
    queryKey: ["cart", "options", cart.id, lines, place],
    enabled: Boolean(place.prefecture || place.postal_code),
    placeholderData: (before) => before,
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/carts/{cart_id}/fulfilment-options/", {
          params: {
            path: { cart_id: cart.id },
            query: place.prefecture
              ? { prefecture: place.prefecture }
              : { postal_code: place.postal_code },
          },
        }),
      ),
    select: (options) => daysOf(cart, options),
  });
}

export function daysOf(cart: Cart, options: Options): DeliveryDays {
  const delivered = new Set(
    cart.lines.filter((line) => line.location === null).map((line) => line.id),
  );
  const methods = options.lines
    .filter((line) => delivered.has(line.line))
    .map((line) => line.options.find((option) => option.kind === "SHIP")?.methods[0]);
  const [first, ...others] = methods;
  if (!first) return { dates: [], slots: [] };
  return {
    dates: first.dates.filter((date) => others.every((one) => one?.dates.includes(date))),
    slots: first.slots.filter((slot) =>
      others.every((one) => one?.slots.some((same) => same.code === slot.code)),
    ),
  };
}

/** The wish as far as it still can be had: the address may have changed since. */
export function stillPossible(wish: Wish, days: DeliveryDays | undefined): Wish {
  return {
    date: days?.dates.includes(wish.date) ? wish.date : "",
    slot: days?.slots.some((slot) => slot.code === wish.slot) ? wish.slot : "",
  };
}
