import type { StockState } from "@omni/api";
import { Button, Notice, Stepper, Trouble, t } from "@omni/ui";
import { useState } from "react";
import { useAddToCart } from "../hooks/cart";
import { useChosenShop } from "../hooks/nearby";
import type { VariantDetail } from "../pages/Product";
import type { Shop } from "../shell";
import { Ahead } from "./Ahead";
import { pausedUntil } from "./shop-hours";

interface BuyBoxProps {
  channel: string;
  variant: VariantDetail;
  online: number;
  shops: Shop[];
  state: StockState | undefined;
}

/** How many, and into the cart: to be delivered, or to be collected at a shop that has it. */
export function BuyBox({ channel, variant, online, shops, state }: BuyBoxProps) {
  const [quantity, setQuantity] = useState(1);
  const add = useAddToCart(channel);
  const [mine] = useChosenShop();
  const shop = pickUpShop(shops, state, mine, quantity);
  const short = variant.keeps_stock && online < quantity;
  const ahead =
    short && variant.ahead && variant.ahead.units >= quantity - online ? variant.ahead : null;
  const soldOut = short && !ahead;
  const put = (location: string | null) => add.mutate({ sku: variant.sku, quantity, location });
  return (
    <div className="buy">
      <Stepper value={quantity} onChange={setQuantity} />
      <Button disabled={soldOut} busy={add.isPending} onClick={() => put(null)}>
        {t(
          add.isPending
            ? "product.adding"
            : soldOut
              ? "product.soldOut"
              : ahead
                ? `ahead.order.${ahead.kind}`
                : "product.add",
        )}
      </Button>
      {ahead && (
        <div className="buy__done">
          <Ahead
            kind={ahead.kind}
            date={ahead.promised_date}
            units={online > 0 ? quantity - online : undefined}
          />
        </div>
      )}
      {soldOut && shop && (
        <div className="buy__done">
          <Button looks={["quiet", "wide"]} busy={add.isPending} onClick={() => put(shop.code)}>
            {t("cart.pickUpAt", { shop: shop.name })}
          </Button>
        </div>
      )}
      <div className="buy__done" aria-live="polite">
        {add.isSuccess && (
          <Notice kind="good">
            {t("product.added")} <a href="/cart/">{t("product.toCart")}</a>
          </Notice>
        )}
        <Trouble error={add.error} />
      </div>
    </div>
  );
}

/** The shopper's own shop where it has enough, else the first that has. */
function pickUpShop(
  shops: Shop[],
  state: StockState | undefined,
  mine: string,
  quantity: number,
): Shop | undefined {
  const able = shops.filter(
    (shop) => (state?.locations[shop.code] ?? 0) >= quantity && !pausedUntil(shop, state),
  );
  return able.find((shop) => shop.code === mine) ?? able[0];
}
