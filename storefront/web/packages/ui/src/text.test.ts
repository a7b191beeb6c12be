import { afterEach, describe, expect, it } from "vitest";
import en from "../messages/en.json" with { type: "json" };
import ja from "../messages/ja.json" with { type: "json" };
import { explain } from "./explain";
import { money, percent } from "./format";
import { setLanguage, t } from "./i18n";

class Failure extends Error {
  constructor(
    readonly code: string,
    readonly title: string,
    readonly data: Record<string, unknown> = {},
    readonly details: string[] = [],
  ) {
    super(code);
  }
}

afterEach(() => setLanguage("ja"));

describe("messages", () => {
  it("name the same values in both languages", () => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    const differing = Object.keys(ja).filter(
      (key) =>
        String(names(ja[key as keyof typeof ja])) !== String(names(en[key as keyof typeof en])),
    );

    expect(Object.keys(en).sort()).toEqual(Object.keys(ja).sort());
    expect(differing).toEqual([]);
  });

  it("fill their values in, in the page's language", () => {
    expect(t("stock.few", { n: 3 })).toBe("残り3点");
    setLanguage("en");
    expect(t("stock.few", { n: 3 })).toBe("Only 3 left");
  });
});

describe("money", () => {
  it("has the decimals of its currency", () => {
    expect([money("2990", "JPY"), money("1234.5", "USD"), money(-60, "JPY")]).toEqual([
      "¥2,990",
      "$1,234.50",
      "−¥60",
    ]);
  });

  it("has a rate without needless zeros", () => {
    expect([percent("0.0800"), percent("0.1000"), percent("0.0780")]).toEqual([
      "8%",
      "10%",
      "7.8%",
    ]);
  });
});

describe("a failure", () => {
  it("is told by its code, with its data", () => {
    const failure = new Failure("insufficient-points", "", { requested: 900, available: 1200 });

    expect(explain(failure)).toBe("利用できるポイントが足りません（残り1,200ポイント）。");
  });

  it("of stock names what is short", () => {
    const shortages = [{ sku: "TEE-M", location: null, requested: 3, available: -1 }];
    const failure = new Failure("insufficient-stock", "", { shortages });

    expect(explain(failure, () => "天竺Tシャツ")).toContain("天竺Tシャツは残り0点です。");
  });

  it("that we have no words for is told in the platform's", () => {
    expect(explain(new Failure("brand-new", "新しい理由です。"))).toBe("新しい理由です。");
    expect(explain(new TypeError("a bug"))).toBe(ja["error.unknown"]);
  });

  it("of shape tells each rule once", () => {
    const failure = new Failure("invalid", "", {}, ["必須です。", "必須です。"]);

    expect(explain(failure)).toBe(`${ja["error.invalid"]} 必須です。`);
  });
});
