import { api, type components, unwrap } from "@omni/api";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { cursorOf } from "../parts/list-address";
import { useIntent } from "./cart";

export type Order = components["schemas"]["Order"];

export function fetchOrder(number: string): Promise<Order> {
  return unwrap(api.GET("/api/v1/me/orders/{number}/", { params: { path: { number } } }));
}

export function useOrder(number: string) {
  return useQuery({ queryKey: ["order", number], queryFn: () => fetchOrder(number) });
}

export function useOrders() {
  return useInfiniteQuery({
    queryKey: ["orders"],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/me/orders/", {
          params: { query: { page_size: 20, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => cursorOf(page.next ?? null),
  });
}

export function useCancel(number: string) {
  const queries = useQueryClient();
  const intent = useIntent();
  return useMutation({
    mutationFn: (reason: string) =>
      unwrap(
        api.POST("/api/v1/me/orders/{number}/cancel/", {
          params: { path: { number }, header: { "Idempotency-Key": intent.of(reason) } },
          body: { reason },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["order", number] }),
  });
}
