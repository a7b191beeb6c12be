/** What this browser remembers of the order that it has just placed. */
export interface LastOrder {
  number: string;
  cart: string;
  pointsToEarn: number;
}

const KEY = "omni.last-order";

export function keepLastOrder(order: LastOrder): void {
  sessionStorage.setItem(KEY, JSON.stringify(order));
}

export function lastOrder(number: string): LastOrder | null {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as LastOrder | null;
  return kept?.number === number ? kept : null;
}
