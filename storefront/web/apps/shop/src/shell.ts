import type { StockState } from "@omni/api";

/** A page's data as Django put it into the HTML. */
export interface Shell<Data = unknown> {
  page: string;
  language: string;
  channel: { code: string; name: string; currency: string };
  streamUrl: string;
  signedIn: boolean;
  data: Data;
}

export interface Shop {
  code: string;
  name: string;
  address: string;
  latitude: number | null;
  longitude: number | null;
  time_zone: string;
  /** Null where its hours are not known. */
  open_now: boolean | null;
  closes_at: string | null;
  next_opening_at: string | null;
  pickup_ready_at: string | null;
  paused_until: string | null;
  /** Why it is closed today, where it is. */
  reason: string;
}

export type Stock = Record<string, StockState>;

export function readShell(): Shell {
  const element = document.getElementById("page-data");
  if (!element?.textContent) throw new Error("the page has no data");
  return JSON.parse(element.textContent) as Shell;
}
