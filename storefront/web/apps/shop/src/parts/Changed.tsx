import { money, Notice, t } from "@omni/ui";
import type { CartLine } from "../hooks/cart";

/** What has become of a line since it was put into the cart: dearer, cheaper, or not all there. */
export function Changed({ line, currency }: { line: CartLine; currency: string }) {
  const before = line.price_then && line.tax_inclusive ? money(line.price_then, currency) : "";
  return (
    <>
      {line.changed === "HIGHER" && (
        <Notice kind="trouble">{t("cart.dearer", { before: before && `(${before})` })}</Notice>
      )}
      {line.changed === "LOWER" && (
        <Notice kind="good">{t("cart.cheaper", { before: before && `(${before})` })}</Notice>
      )}
      {line.short > 0 && line.waits === 0 && (
        <Notice kind="trouble">{t("cart.short", { n: line.short })}</Notice>
      )}
    </>
  );
}
