import { type MessageKey, t } from "../i18n";

const FEW = 5;

interface StockProps {
  available: number | null;
  keepsStock?: boolean;
  /** What to say where there is none. */
  none?: MessageKey;
}

/** Whether there is any, and how many where they run out. */
export function Stock({ available, keepsStock = true, none = "stock.none" }: StockProps) {
  if (!keepsStock) return <span className="stock stock--plenty">{t("stock.always")}</span>;
  const units = available ?? 0;
  if (units <= 0) return <span className="stock stock--none">{t(none)}</span>;
  if (units <= FEW) return <span className="stock stock--few">{t("stock.few", { n: units })}</span>;
  return <span className="stock stock--plenty">{t("stock.plenty")}</span>;
}
