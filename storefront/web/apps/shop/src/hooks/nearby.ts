import { api, unwrap } from "@omni/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

export type Place = { near: string } | { postal_code: string };

const CHOSEN = "omni.shop";

/**
 * The shops nearest to a place that can hand over a SKU: their codes, with the distance in metres;
 * estimated where the place is a postal code.
 */
export function useNearby(sku: string, place: Place | null) {
  return useQuery({
    queryKey: ["nearby", sku, place],
    enabled: place !== null,
    queryFn: async () => {
      const query = { ...place, limit: 10 };
      const answer = await unwrap(
        api.GET("/api/v1/availability/{sku}/locations/", { params: { path: { sku }, query } }),
      );
      const distances = new Map(
        answer.results.map(({ location, distance }) => [location.code, distance]),
      );
      return { distances, estimated: answer.estimated };
    },
    retry: false,
  });
}

/** Where the browser is, once somebody asks for it. */
export function useGeolocation() {
  const [state, setState] = useState<"idle" | "locating" | "denied">("idle");
  const [place, setPlace] = useState<Place | null>(null);
  const locate = () => {
    if (!navigator.geolocation) return setState("denied");
    setState("locating");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setState("idle");
        setPlace({ near: `${coords.latitude.toFixed(5)},${coords.longitude.toFixed(5)}` });
      },
      () => setState("denied"),
      { timeout: 10_000, maximumAge: 300_000 },
    );
  };
  return { state, place, locate };
}

/** The shop that this shopper likes to collect at, remembered. */
export function useChosenShop(): [string, (code: string) => void] {
  const [code, setCode] = useState(() => localStorage.getItem(CHOSEN) ?? "");
  const choose = (next: string) => {
    localStorage.setItem(CHOSEN, next);
    setCode(next);
  };
  return [code, choose];
}
