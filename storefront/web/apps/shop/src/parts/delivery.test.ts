import { describe, expect, it } from "vitest";
import type { Cart } from "../hooks/cart";
import { daysOf, stillPossible } from "../hooks/delivery";

const cart = {
  lines: [
    { id: 1, location: null },
    { id: 2, location: null },
    { id: 3, location: "shibuya" },
  ],
} as Cart;

function line(id: number, dates: string[], slots: string[]) {
  const methods = [{ dates, slots: slots.map((code) => ({ code, name: { ja: code } })) }];
  return { line: id, options: [{ kind: "SHIP", methods }] };
}

function days(...lines: ReturnType<typeof line>[]) {
  return daysOf(cart, { lines } as unknown as Parameters<typeof daysOf>[1]);
}

describe("the days of a delivery", () => {
  it("are those that suit everything that is delivered", () => {
    const found = days(
      line(1, ["2026-11-28", "2026-11-29"], ["am", "14-16"]),
      line(2, ["2026-11-29", "2026-11-30"], ["14-16", "am"]),
      line(3, [], []),
    );

    expect(found.dates).toEqual(["2026-11-29"]);
    expect(found.slots.map((slot) => slot.code)).toEqual(["am", "14-16"]);
  });

  it("are none where nothing is delivered by a method", () => {
    expect(days()).toEqual({ dates: [], slots: [] });
  });

  it("take back what was wished for elsewhere", () => {
    const found = days(line(1, ["2026-11-28"], ["am"]), line(2, ["2026-11-28"], ["am"]));

    expect(stillPossible({ date: "2026-11-27", slot: "am" }, found)).toEqual({
      date: "",
      slot: "am",
    });
    expect(stillPossible({ date: "2026-11-28", slot: "am" }, undefined)).toEqual({
      date: "",
      slot: "",
    });
  });
});
