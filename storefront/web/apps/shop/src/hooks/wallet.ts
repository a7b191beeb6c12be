import { api, unwrap } from "@omni/api";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { cursorOf } from "../parts/list-address";

export function useMe(enabled = true) {
  return useQuery({ queryKey: ["me"], enabled, queryFn: () => unwrap(api.GET("/api/v1/me/")) });
}

export function useAddresses(enabled: boolean) {
  return useQuery({
    queryKey: ["addresses"],
    enabled,
    queryFn: () => unwrap(api.GET("/api/v1/me/addresses/")),
  });
}

export function useBalance() {
  return useQuery({ queryKey: ["points"], queryFn: () => unwrap(api.GET("/api/v1/me/points/")) });
}

export function useEntries() {
  return useInfiniteQuery({
    queryKey: ["points", "entries"],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/me/points/entries/", {
          params: { query: { page_size: 20, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => cursorOf(page.next ?? null),
  });
}
