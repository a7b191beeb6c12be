import { api, type components, Problem, unwrap } from "@omni/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { forgetCart } from "../parts/cart-count";
import { keepLastOrder } from "../parts/last-order";
import { useIntent } from "./cart";
import { forgetContact } from "./contact";

type Checkout = components["schemas"]["CheckoutRequest"];

const TRIES = 12;
const AGAIN = 2_000;
// Not yet known: the same key asks again, and can't order twice.
const OPEN = new Set(["network", "idempotency-key-in-use", "payment-unknown", "unavailable"]);

/** Places the order, and asks again with the same key for as long as its outcome is open. */
export function usePlaceOrder(cart: string, onRefused: () => void) {
  const queries = useQueryClient();
  const intent = useIntent();
  return useMutation({
    mutationFn: (checkout: Checkout) =>
      unwrap(
        api.POST("/api/v1/carts/{cart_id}/checkout/", {
          params: {
            path: { cart_id: cart },
            header: { "Idempotency-Key": intent.of([cart, checkout]) },
          },
          body: checkout,
        }),
      ),
    retry: (failures, error) =>
      error instanceof Problem && OPEN.has(error.code) && failures < TRIES,
    retryDelay: AGAIN,
    onSuccess: (order) => {
      keepLastOrder({ number: order.number, cart, pointsToEarn: order.points_to_earn });
      forgetCart();
      forgetContact();
      location.assign(`/checkout/done/${encodeURIComponent(order.number)}/`);
    },
    onError: (error) => {
      // Refused is refused: the next try, even of the same content, is a new intent.
      if (error instanceof Problem && !OPEN.has(error.code)) intent.done();
      onRefused();
      return queries.invalidateQueries({ queryKey: ["cart"] });
    },
  });
}
