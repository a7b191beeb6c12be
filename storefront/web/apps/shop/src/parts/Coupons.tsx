import { api, unwrap } from "@omni/api";
import { find, inLanguage, Notice, t } from "@omni/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Cart, type Quote, removeCoupon } from "../hooks/cart";
import { OneFieldForm } from "./OneFieldForm";

/** The coupons of a cart: one more, and what those in it do or lack. */
export function Coupons({ cart, quote }: { cart: Cart; quote: Quote | undefined }) {
  const queries = useQueryClient();
  const renewed = () => queries.invalidateQueries({ queryKey: ["cart"] });
  const remove = useMutation({
    mutationFn: (code: string) => removeCoupon(cart.id, code),
    onSettled: renewed,
  });
  const add = (code: string) =>
    unwrap(
      api.POST("/api/v1/carts/{cart_id}/coupons/", {
        params: { path: { cart_id: cart.id } },
        body: { code },
      }),
    ).then(renewed);
  return (
    <details className="coupons" open={cart.coupons.length > 0}>
      <summary>{t("coupon.have")}</summary>
      {cart.coupons.map((code) => (
        <div key={code} className="coupons__one">
          <strong>{code}</strong>
          <button
            type="button"
            className="link-button"
            disabled={remove.isPending}
            aria-label={`${t("cart.remove")} ${code}`}
            onClick={() => remove.mutate(code)}
          >
            {t("cart.remove")}
          </button>
          <Missed code={code} quote={quote} />
        </div>
      ))}
      <OneFieldForm
        key={cart.coupons.length}
        label={t("coupon.code")}
        submit={t("coupon.use")}
        quiet
        action={add}
        autoComplete="off"
        maxLength={64}
      />
    </details>
  );
}

function Missed({ code, quote }: { code: string; quote: Quote | undefined }) {
  const missed = quote?.missed.find((one) => one.coupon === code);
  if (!missed) return null;
  return (
    <Notice>
      {t("coupon.missed", { name: inLanguage(missed.name) || code })}{" "}
      {find(`coupon.missed.${missed.reason}`)}
    </Notice>
  );
}
