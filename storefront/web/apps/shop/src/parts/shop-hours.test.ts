import { setLanguage } from "@omni/ui";
import { describe, expect, it } from "vitest";
import type { Shop } from "../shell";
import { describeShop, pausedUntil } from "./shop-hours";

const now = new Date("2026-11-20T05:00:00+09:00");

function shop(fields: Partial<Shop> = {}): Shop {
  return {
    code: "shibuya",
    name: "渋谷店",
    address: "",
    latitude: null,
    longitude: null,
    time_zone: "Asia/Tokyo",
    open_now: null,
    closes_at: null,
    next_opening_at: null,
    pickup_ready_at: null,
    paused_until: null,
    reason: "",
    ...fields,
  };
}

describe("describeShop", () => {
  it("says when it closes and when an order is ready, by the shop's clock", () => {
    const open = shop({
      open_now: true,
      closes_at: "2026-11-20T20:00:00+09:00",
      pickup_ready_at: "2026-11-20T15:30:00+09:00",
    });
    expect(describeShop(open, undefined, now)).toBe("営業中 20:00まで・15:30以降に受け取り可");
    setLanguage("en");
    expect(describeShop({ ...open, time_zone: "America/New_York" }, undefined, now)).toBe(
      "Open until Fri 20 Nov 06:00 · ready to collect from Fri 20 Nov 01:30",
    );
    setLanguage("ja");
  });

  it("says nothing where nothing is known", () => {
    expect(describeShop(shop(), undefined, now)).toBe("");
  });

  it("follows a pause that came after the page, and its end", () => {
    const state = { sku: "TEA", at: "", channels: {}, locations: { shibuya: 3 } };
    const until = "2026-11-20T05:30:00+09:00";
    const paused = { ...state, paused: { shibuya: until } };

    expect(describeShop(shop(), paused, now)).toBe("オンライン注文を休止中（05:30まで）");
    expect(pausedUntil(shop(), paused, new Date(until))).toBeNull();
    expect(pausedUntil(shop({ paused_until: until }), undefined, now)).toBe(until);
    expect(pausedUntil(shop({ paused_until: until }), { ...state, paused: {} }, now)).toBeNull();
  });
});
