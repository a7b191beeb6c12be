import { money } from "../format";
import { t } from "../i18n";

interface PriceProps {
  /** What a consumer pays: tax is in it. */
  amount: string;
  currency: string;
  /** The same without tax, where it is kept so. */
  without?: string | null;
  /** Shown as “from” where variants cost differently. */
  from?: boolean;
  /** What was charged before the sale, where it may be shown. */
  former?: string | null;
}

export function Price({
  amount,
  currency,
  without = null,
  from = false,
  former = null,
}: PriceProps) {
  const text = money(amount, currency);
  return (
    <span className={former ? "price price--sale" : "price"}>
      {former && (
        <span className="price__former">
          {t("price.former")} <s>{money(former, currency)}</s>
        </span>
      )}
      {from ? t("list.from", { price: text }) : text}
      <small>{t("price.inclusive")}</small>
      {without && (
        <small className="price__without">
          {t("price.without", { price: money(without, currency) })}
        </small>
      )}
    </span>
  );
}
