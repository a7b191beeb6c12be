import { Choice, Select, Trouble, t } from "@omni/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { useArticles } from "../hooks/articles";
import { type Cart, moveCart } from "../hooks/cart";
import { useChosenShop } from "../hooks/nearby";
import type { Shop } from "../shell";
import type { How } from "./checkout-state";
import { describeShop, pausedUntil } from "./shop-hours";

interface HowToGetProps {
  cart: Cart;
  how: How;
  shops: Shop[];
  articles: ReturnType<typeof useArticles>;
}

/** Delivered, or collected at a shop: the lines of the cart follow. */
export function HowToGet({ cart, how, shops, articles }: HowToGetProps) {
  const queries = useQueryClient();
  const [wanted, want] = useState<How>(how);
  const [mine, remember] = useChosenShop();
  const move = useMutation({
    mutationFn: (location: string | null) => moveCart(cart, location),
    onError: () => want(how),
    onSettled: () => queries.invalidateQueries({ queryKey: ["cart"] }),
  });
  const collectAt = (code: string) => {
    remember(code);
    move.mutate(code);
  };
  const shop = how === "pickup" ? (cart.lines[0]?.location ?? "") : "";
  const chosen = shops.find((one) => one.code === shop);
  return (
    <fieldset className="form__section" disabled={move.isPending} aria-busy={move.isPending}>
      <legend>{t("checkout.how")}</legend>
      <Trouble error={move.error} nameOf={articles.nameOf} />
      {how === "mixed" && (
        <Choice
          group="how"
          name={t("checkout.mixed")}
          note={t("checkout.mixedNote")}
          checked={wanted === "mixed"}
          onChoose={() => want("mixed")}
        />
      )}
      <Choice
        group="how"
        name={t("checkout.delivery")}
        note={t("checkout.deliveryNote")}
        checked={wanted === "ship"}
        onChoose={() => {
          want("ship");
          move.mutate(null);
        }}
      />
      <Choice
        group="how"
        name={t("checkout.pickUp")}
        note={t("checkout.pickUpNote")}
        checked={wanted === "pickup"}
        disabled={shops.length === 0}
        onChoose={() => {
          want("pickup");
          if (shops.some((one) => one.code === mine && !pausedUntil(one))) move.mutate(mine);
        }}
      />
      {wanted === "pickup" && (
        <Select
          label={t("checkout.shop")}
          value={shop}
          onChange={(event) => event.target.value && collectAt(event.target.value)}
        >
          <option value="">{t("checkout.chooseShop")}</option>
          {shops.map((one) => (
            <option key={one.code} value={one.code} disabled={pausedUntil(one) !== null}>
              {one.name} {one.address}
              {pausedUntil(one) && ` ${describeShop(one)}`}
            </option>
          ))}
        </Select>
      )}
      {wanted === "pickup" && chosen && describeShop(chosen) && (
        <p className="field__hint">{describeShop(chosen)}</p>
      )}
    </fieldset>
  );
}
