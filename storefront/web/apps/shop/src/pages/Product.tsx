import type { components } from "@omni/api";
import { find, grouped, Price, percent, t } from "@omni/ui";
import { useMemo, useState } from "react";
import { useLiveStock } from "../hooks/live-stock";
import { BuyBox } from "../parts/BuyBox";
import { LiveStock } from "../parts/LiveStock";
import type { Shell, Shop, Stock } from "../shell";

export type ProductDetail = components["schemas"]["ProductDetail"];
export type VariantDetail = components["schemas"]["ProductVariantDetail"];

export interface ProductData {
  product: ProductDetail;
  sku: string;
  stock: Stock;
  shops: Shop[];
}

export default function Product({ shell }: { shell: Shell<ProductData> }) {
  const { product, shops } = shell.data;
  const [sku, choose] = useVariant(shell.data.sku);
  const live = useLiveStock(shell, product);
  const chosen = product.variants.find((variant) => variant.sku === sku) ?? product.variants[0];
  if (!chosen) return null;
  const state = live.stock[chosen.sku];
  const online = state?.channels[shell.channel.code] ?? chosen.available ?? 0;
  return (
    <article className="product">
      <Crumbs product={product} />
      <div className="product__grid">
        <figure className="product__art">
          <img
            src={`/art/${product.code}.svg?sku=${encodeURIComponent(chosen.sku)}`}
            alt={`${product.name} ${chosen.name}`}
            width="400"
            height="500"
          />
        </figure>
        <div className="product__main">
          <p className="product__brand">
            <a href={`/?brand=${product.brand.code}`}>{product.brand.name}</a>
          </p>
          <h1>{product.name}</h1>
          <p className="product__price">
            <Price
              amount={chosen.price_with_tax}
              currency={product.currency}
              without={chosen.tax_inclusive ? null : chosen.price}
              former={chosen.former_price_with_tax}
            />
          </p>
          {chosen.points > 0 && (
            <p className="points">{t("points.earn", { n: grouped(chosen.points) })}</p>
          )}
          {product.variants.length > 1 && (
            <Variants
              product={product}
              chosen={chosen}
              onChoose={choose}
              live={live.stock}
              channel={shell.channel.code}
            />
          )}
          <BuyBox
            key={chosen.sku}
            channel={shell.channel.code}
            variant={chosen}
            online={online}
            shops={shops}
            state={state}
          />
          {chosen.keeps_stock && (
            <LiveStock
              sku={chosen.sku}
              online={online}
              state={state}
              shops={shops}
              link={live.link}
            />
          )}
          <About product={product} chosen={chosen} />
        </div>
      </div>
    </article>
  );
}

/** The chosen variant, kept in the address. */
function useVariant(initial: string): [string, (sku: string) => void] {
  const [sku, setSku] = useState(initial);
  const choose = (next: string) => {
    setSku(next);
    history.replaceState(null, "", `?sku=${encodeURIComponent(next)}`);
  };
  return [sku, choose];
}

function Crumbs({ product }: { product: ProductDetail }) {
  return (
    <nav className="crumbs" aria-label={t("list.categories")}>
      <ol>
        <li>
          <a href="/">{t("list.all")}</a>
        </li>
        {product.categories.map((category) => (
          <li key={category.code}>
            <a href={`/?category=${category.code}`}>{category.name}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface VariantsProps {
  product: ProductDetail;
  chosen: VariantDetail;
  live: Stock;
  channel: string;
  onChoose: (sku: string) => void;
}

function Variants({ product, chosen, live, channel, onChoose }: VariantsProps) {
  const soldOut = useMemo(
    () =>
      new Set(
        product.variants
          .filter((one) => one.keeps_stock && isGone(live[one.sku], channel))
          .map((one) => one.sku),
      ),
    [product, live, channel],
  );
  return (
    <fieldset className="variants">
      <legend>{t("product.choose")}</legend>
      <ul className="variants__items">
        {product.variants.map((one) => (
          <li key={one.sku}>
            <a
              className={soldOut.has(one.sku) ? "chip chip--none" : "chip"}
              href={`?sku=${encodeURIComponent(one.sku)}`}
              aria-current={one.sku === chosen.sku ? "true" : undefined}
              onClick={(event) => {
                event.preventDefault();
                onChoose(one.sku);
              }}
            >
              {one.name || one.sku}
            </a>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

/** Nowhere to be had: neither online nor in any shop. */
function isGone(state: Stock[string] | undefined, channel: string): boolean {
  if (!state) return false;
  return !state.channels[channel] && Object.values(state.locations).every((units) => units <= 0);
}

function About({ product, chosen }: { product: ProductDetail; chosen: VariantDetail }) {
  return (
    <section className="about">
      <h2>{t("product.description")}</h2>
      {product.description && <p className="about__text">{product.description}</p>}
      <dl className="facts">
        <div>
          <dt>{t("product.sku")}</dt>
          <dd>{chosen.sku}</dd>
        </div>
        {chosen.tax_rate && (
          <div>
            <dt>{t("product.tax")}</dt>
            <dd>{percent(chosen.tax_rate)}</dd>
          </div>
        )}
        {chosen.codes.map((code) => (
          <div key={code.value}>
            <dt>{find(`code.${code.kind}`) ?? code.kind}</dt>
            <dd>{code.value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
