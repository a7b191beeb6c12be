import type { ReactNode } from "react";
import type { Article } from "../hooks/articles";

interface ArticleLineProps {
  sku: string;
  article: Article | undefined;
  small?: boolean;
  /** What stands below the name: how it is got, how many. */
  meta?: ReactNode;
  children: ReactNode;
}

/** An article in a cart or an order: its artwork, its name, and what is done with it. */
export function ArticleLine({ sku, article, small = false, meta, children }: ArticleLineProps) {
  const query = `?sku=${encodeURIComponent(sku)}`;
  return (
    <li className={small ? "line line--small" : "line"}>
      {article ? (
        <img
          className="line__art"
          src={`/art/${article.product}.svg${query}`}
          alt=""
          width="400"
          height="500"
        />
      ) : (
        <span className="line__art" />
      )}
      <div>
        <p className="line__name">
          {article ? (
            <a href={`/products/${article.product}/${query}`}>{article.product_name}</a>
          ) : (
            sku
          )}
        </p>
        <p className="line__meta">
          {article?.name} {meta}
        </p>
      </div>
      <div className="line__do">{children}</div>
    </li>
  );
}
