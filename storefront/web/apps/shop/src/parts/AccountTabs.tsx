import { accounts } from "@omni/api";
import { t } from "@omni/ui";
import { forgetCart } from "./cart-count";

export function AccountTabs({ current }: { current: "points" | "orders" }) {
  const leave = async () => {
    await accounts.signOut();
    forgetCart();
    location.assign("/");
  };
  return (
    <nav className="tabs" aria-label={t("account.title")}>
      <a href="/account/" aria-current={current === "points" ? "page" : undefined}>
        {t("account.points")}
      </a>
      <a href="/account/orders/" aria-current={current === "orders" ? "page" : undefined}>
        {t("account.orders")}
      </a>
      <button type="button" className="link-button" onClick={leave}>
        {t("account.signOut")}
      </button>
    </nav>
  );
}
