import type { components } from "@omni/api";
import { Button, Empty, t } from "@omni/ui";
import { useHeading, useProductList } from "../hooks/product-list";
import { ListMenus } from "../parts/ListMenus";
import type { Menus } from "../parts/list-address";
import { ProductCard } from "../parts/ProductCard";
import type { Shell } from "../shell";

export type Product = components["schemas"]["Product"];

export interface ListData {
  q: string;
  brand: string;
  category: string;
  next_cursor: string | null;
  products: Product[];
  menus: Menus;
}

export default function ProductList({ shell }: { shell: Shell<ListData> }) {
  const { asked, products, more, query } = useProductList(shell);
  const heading = useHeading(shell, asked.q);
  return (
    <section className="list">
      <header className="list__head">
        <h1>{heading}</h1>
        <p>{t("list.lead")}</p>
      </header>
      <div className="list__body">
        <ListMenus asked={asked} menus={shell.data.menus} />
        <div
          className={
            query.isPlaceholderData ? "list__results list__results--stale" : "list__results"
          }
        >
          <span className="visually-hidden" role="status">
            {query.isFetching ? t("list.loading") : t("list.count", { n: products.length })}
          </span>
          <Results products={products} />
          {more && (
            <p className="list__more">
              <Button
                looks={["quiet"]}
                busy={query.isFetchingNextPage}
                onClick={() => query.fetchNextPage()}
              >
                {t(query.isFetchingNextPage ? "list.loading" : "list.more")}
              </Button>
            </p>
          )}
        </div>
      </div>
    </section>
  );
}

function Results({ products }: { products: Product[] }) {
  if (products.length === 0) {
    return (
      <Empty title={t("list.empty")} hint={t("list.emptyHint")}>
        <a className="button button--quiet" href="/">
          {t("list.clear")}
        </a>
      </Empty>
    );
  }
  return (
    <ul className="products">
      {products.map((product, index) => (
        <li key={product.code}>
          <ProductCard product={product} eager={index < 4} />
        </li>
      ))}
    </ul>
  );
}
