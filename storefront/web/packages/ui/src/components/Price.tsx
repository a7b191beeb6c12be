import { money } from "../format";
import { t } from "../i18n";

interface PriceProps {
  amount: string;
  currency: string;
  inclusive?: boolean;
  /** Shown as “from” where variants cost differently. */
  from?: boolean;
  /** What was charged before the sale, where it may be shown. */
  former?: string | null;
}

export function Price({
  amount,
  currency,
  inclusive = true,
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
      <small>{t(inclusive ? "price.inclusive" : "price.exclusive")}</small>
    </span>
  );
}
