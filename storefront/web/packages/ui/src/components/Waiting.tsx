import { t } from "../i18n";

/** What stands in for content on its way; Django's pages show the same first. */
export function Waiting() {
  return (
    <div className="sheet__waiting" aria-busy="true">
      <span className="visually-hidden">{t("list.loading")}</span>
      <div className="skeleton skeleton--row" />
      <div className="skeleton skeleton--row" />
      <div className="skeleton skeleton--short" />
    </div>
  );
}
