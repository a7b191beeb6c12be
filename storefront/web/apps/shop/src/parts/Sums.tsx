import { grouped, inLanguage, money, percent, t } from "@omni/ui";

/** What an order or a quote comes to; amounts are decimal strings of its currency. */
export interface SumsOf {
  currency: string;
  lines_amount: string;
  shipping_amount: string;
  discount_amount?: string;
  points_amount: string;
  /** The tax of what is kept without it: the goods above don't hold it. */
  tax_added: string;
  total: string;
  taxes: { rate: string; amount: string; tax: string }[];
  /** What took something off, each with what it took off the goods and off delivery. */
  promotions?: Promoted[];
}

interface Promoted {
  code: string;
  name: Record<string, string>;
  amount: string;
  shipping_amount: string;
}

interface SumsProps {
  of: SumsOf;
  toEarn?: number;
}

export function Sums({ of, toEarn = 0 }: SumsProps) {
  const { currency } = of;
  const shipping = Number(of.shipping_amount);
  const promoted = of.promotions ?? [];
  const discount = promoted.reduce(
    (rest, one) => rest - Number(one.amount),
    Number(of.discount_amount ?? 0),
  );
  const points = Number(of.points_amount);
  const added = Number(of.tax_added);
  return (
    <dl className="sums">
      <Sum label={t("cart.lines")}>{money(of.lines_amount, currency)}</Sum>
      {promoted.map((one) => (
        <Sum key={one.code} label={inLanguage(one.name) || one.code}>
          {Number(one.amount) > 0 ? money(-Number(one.amount), currency) : t("cart.freeShipping")}
        </Sum>
      ))}
      {discount > 0 && <Sum label={t("cart.discount")}>{money(-discount, currency)}</Sum>}
      <Sum label={t("cart.shipping")}>
        {shipping === 0 ? t("cart.free") : money(of.shipping_amount, currency)}
      </Sum>
      {points > 0 && <Sum label={t("cart.pointsSpent")}>{money(-points, currency)}</Sum>}
      {added > 0 && <Sum label={t("cart.taxAdded")}>{money(of.tax_added, currency)}</Sum>}
      <Sum label={t("cart.total")} look="sums__total">
        {money(of.total, currency)}
      </Sum>
      {of.taxes.map((tax) => (
        <Sum key={tax.rate} label="" look="sums__tax">
          {t("cart.taxOf", {
            rate: percent(tax.rate),
            amount: money(tax.amount, currency),
            tax: money(tax.tax, currency),
          })}
        </Sum>
      ))}
      {toEarn > 0 && (
        <Sum label={t("cart.toEarn")} look="sums__points">
          {t("points.unit", { n: grouped(toEarn) })}
        </Sum>
      )}
    </dl>
  );
}

function Sum({ label, look, children }: { label: string; look?: string; children: string }) {
  return (
    <div className={look}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
