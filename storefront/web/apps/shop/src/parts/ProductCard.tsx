import { grouped, Price, Stock, t } from "@omni/ui";
import type { Product } from "../pages/ProductList";
import { Ahead } from "./Ahead";

/** A product in a list; `storefront/_card.html` is the same in Django. */
export function ProductCard({ product, eager }: { product: Product; eager: boolean }) {
  const endless = product.variants.some((variant) => !variant.keeps_stock);
  const ahead = product.in_stock
    ? undefined
    : product.variants.find((variant) => variant.ahead && variant.ahead.units > 0)?.ahead;
  return (
    <article className="card">
      <a className="card__link" href={`/products/${product.code}/`}>
        <img
          className="card__art"
          src={`/art/${product.code}.svg`}
          alt=""
          width="400"
          height="500"
          loading={eager ? undefined : "lazy"}
        />
        <span className="card__brand">{product.brand.name}</span>
        <h2 className="card__name">{product.name}</h2>
      </a>
      <p className="card__price">
        <Price
          amount={product.price_from}
          currency={product.currency}
          without={product.price_from_without_tax}
          from={product.price_from !== product.price_to}
          former={product.former_price}
        />
      </p>
      <p className="card__more">
        {ahead ? (
          <Ahead kind={ahead.kind} date={ahead.promised_date} />
        ) : (
          <Stock available={product.available} keepsStock={!endless} none="stock.noneOnline" />
        )}
        {product.points_from > 0 && (
          <span className="points">{t("points.unit", { n: grouped(product.points_from) })}</span>
        )}
      </p>
    </article>
  );
}
