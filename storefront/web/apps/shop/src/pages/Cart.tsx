import { Button, Empty, LinkButton, Notice, Stepper, Trouble, t, Waiting } from "@omni/ui";
import { useArticles } from "../hooks/articles";
import { type Cart, type CartLine, useCart, useCartChanges, useQuote } from "../hooks/cart";
import { Ahead } from "../parts/Ahead";
import { ArticleLine } from "../parts/ArticleLine";
import { Changed } from "../parts/Changed";
import { Coupons } from "../parts/Coupons";
import { LineAmount } from "../parts/LineAmount";
import { Sums } from "../parts/Sums";
import { describeShop } from "../parts/shop-hours";
import type { Shell, Shop } from "../shell";

export default function CartPage({ shell }: { shell: Shell<{ shops: Shop[] }> }) {
  const cart = useCart();
  return (
    <section className="sheet">
      <h1>{t("cart.title")}</h1>
      {cart.isPending && <Waiting />}
      {cart.isError && (
        <Trouble error={cart.error}>
          <button type="button" className="link-button" onClick={() => cart.refetch()}>
            {t("error.retry")}
          </button>
        </Trouble>
      )}
      {cart.isSuccess && <Filled cart={cart.data} shops={shell.data.shops} />}
    </section>
  );
}

function Filled({ cart, shops }: { cart: Cart | null; shops: Shop[] }) {
  if (!cart || cart.lines.length === 0) {
    return (
      <Empty title={t("cart.empty")} hint={t("cart.emptyHint")}>
        <LinkButton href="/">{t("site.home")}</LinkButton>
      </Empty>
    );
  }
  return <Lines cart={cart} shops={shops} />;
}

function Lines({ cart, shops }: { cart: Cart; shops: Shop[] }) {
  const articles = useArticles(cart.lines.map((line) => line.sku));
  const { setQuantity, remove } = useCartChanges(cart.id);
  const quote = useQuote(cart, 0);
  const shopName = (code: string | null) =>
    shops.find((shop) => shop.code === code)?.name ?? code ?? "";
  const hoursOf = (code: string | null) => {
    const shop = shops.find((one) => one.code === code);
    return shop && <small className="line__hours">{describeShop(shop)}</small>;
  };
  const changing = setQuantity.isPending || remove.isPending;
  return (
    <div className="columns">
      <div>
        <Trouble error={setQuantity.error ?? remove.error} nameOf={articles.nameOf} />
        <span className="visually-hidden" role="status">
          {remove.isSuccess && t("cart.removed", { name: articles.nameOf(remove.variables.sku) })}
        </span>
        <ul>
          {cart.lines.map((line) => (
            <ArticleLine
              key={line.id}
              sku={line.sku}
              article={articles.find(line.sku)}
              meta={
                <>
                  <span className="badge">
                    {line.location
                      ? t("cart.pickUpAt", { shop: shopName(line.location) })
                      : t("cart.ship")}
                  </span>
                  {hoursOf(line.location)}
                  {line.ahead && (
                    <Ahead
                      kind={line.ahead}
                      date={line.promised_date}
                      units={line.waits < line.quantity ? line.waits : undefined}
                    />
                  )}
                  <Changed line={line} currency={cart.currency} />
                </>
              }
            >
              <Stepper
                value={line.quantity}
                disabled={changing}
                onChange={(quantity) => setQuantity.mutate({ line, quantity })}
              />
              <button
                type="button"
                className="link-button"
                disabled={changing}
                aria-label={`${t("cart.remove")} ${articles.nameOf(line.sku)}`}
                onClick={() => remove.mutate(line)}
              >
                {t("cart.remove")}
              </button>
              <Amount line={line} currency={cart.currency} />
            </ArticleLine>
          ))}
        </ul>
      </div>
      <aside className="summary" aria-busy={quote.isFetching}>
        {quote.data && <Sums of={quote.data} toEarn={quote.data.points_to_earn} />}
        <Trouble error={quote.error} nameOf={articles.nameOf} />
        <Coupons cart={cart} quote={quote.data} />
        {quote.isSuccess ? (
          <LinkButton looks={["wide"]} href="/checkout/">
            {t("cart.checkout")}
          </LinkButton>
        ) : (
          <Button looks={["wide"]} disabled>
            {t("cart.checkout")}
          </Button>
        )}
      </aside>
    </div>
  );
}

function Amount({ line, currency }: { line: CartLine; currency: string }) {
  if (line.amount === null) return <Notice kind="trouble">{t("cart.gone")}</Notice>;
  return <LineAmount line={line} currency={currency} />;
}
