import { money } from "../format";
import { t } from "../i18n";

interface PriceProps {
  amount: string;
  currency: string;
  inclusive?: boolean;
  /** Shown as “from” where variants cost differently. */
  from?: boolean;
}

export function Price({ amount, currency, inclusive = true, from = false }: PriceProps) {
  const text = money(amount, currency);
  return (
    <span className="price">
      {from ? t("list.from", { price: text }) : text}
      <small>{t(inclusive ? "price.inclusive" : "price.exclusive")}</small>
    </span>
  );
}
