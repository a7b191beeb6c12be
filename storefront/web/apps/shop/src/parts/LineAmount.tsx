import { Price } from "@omni/ui";
import type { CartLine } from "../hooks/cart";

/** What a line of a cart comes to; nothing where it is no longer sold. */
export function LineAmount({ line, currency }: { line: CartLine; currency: string }) {
  if (line.amount_with_tax === null) return null;
  return (
    <span className="line__amount">
      <Price
        amount={line.amount_with_tax}
        currency={currency}
        without={line.tax_inclusive ? null : line.amount}
      />
    </span>
  );
}
