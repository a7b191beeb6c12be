import { api, type components, unwrap } from "@omni/api";
import { useQuery } from "@tanstack/react-query";

export type Article = components["schemas"]["Article"];

/** What skus are called, and the products that they belong to. */
export function useArticles(skus: string[]) {
  const asked = [...new Set(skus)].sort();
  const query = useQuery({
    queryKey: ["articles", asked],
    enabled: asked.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
    queryFn: () => readArticles(asked),
  });
  const articles = query.data;
  return {
    waiting: query.isLoading,
    find: (sku: string) => articles?.get(sku),
    nameOf: (sku: string) => fullName(articles?.get(sku)) || sku,
  };
}

async function readArticles(skus: string[]): Promise<Map<string, Article>> {
  const answer = await unwrap(
    api.GET("/api/v1/articles/", { params: { query: { sku: skus.slice(0, 100) } } }),
  );
  return new Map(answer.items.map((article) => [article.sku, article]));
}

export function fullName(article: Article | undefined): string {
  return article ? `${article.product_name} ${article.name}`.trim() : "";
}
