import { api, unwrap } from "@omni/api";
import { t } from "@omni/ui";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { ListData } from "../pages/ProductList";
import { type Asked, cursorOf, listAddress } from "../parts/list-address";
import type { Shell } from "../shell";

const TYPING_PAUSE = 250;

/** The list that the address asks for: its first page from Django, more pages from the API. */
export function useProductList(shell: Shell<ListData>) {
  const { data, channel } = shell;
  const q = useSearchBox(data.q);
  const asked: Asked = { q, brand: data.brand, category: data.category };
  const first = { results: data.products, next: data.next_cursor };
  const query = useInfiniteQuery({
    queryKey: ["products", channel.code, asked],
    queryFn: ({ pageParam }) => fetchPage(channel.code, asked, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    ...(q === data.q
      ? {
          initialData: {
            pages: [first],
            pageParams: [new URLSearchParams(location.search).get("cursor")],
          },
        }
      : {}),
  });
  useAddress(asked, data);
  const products = query.data?.pages.flatMap((page) => page.results) ?? [];
  return { asked, products, more: query.hasNextPage, query };
}

async function fetchPage(channel: string, asked: Asked, cursor: string | null) {
  const said = Object.fromEntries(
    Object.entries({ ...asked, cursor }).filter(([, value]) => value),
  );
  const page = await unwrap(
    api.GET("/api/v1/products/", { params: { query: { channel, ...said } } }),
  );
  return { results: page.results, next: cursorOf(page.next) };
}

/** What is in the header's search box, which Django made, a moment after typing pauses. */
function useSearchBox(initial: string): string {
  const [q, setQ] = useState(initial);
  useEffect(() => {
    const box = document.querySelector<HTMLInputElement>("#search-q");
    let timer: ReturnType<typeof setTimeout>;
    let composing = false;
    const read = () => {
      clearTimeout(timer);
      if (!composing) timer = setTimeout(() => setQ(box?.value.trim() ?? ""), TYPING_PAUSE);
    };
    // Kana on their way to kanji are nobody's search yet.
    const begin = () => {
      composing = true;
    };
    const end = () => {
      composing = false;
      read();
    };
    box?.addEventListener("input", read);
    box?.addEventListener("compositionstart", begin);
    box?.addEventListener("compositionend", end);
    return () => {
      clearTimeout(timer);
      box?.removeEventListener("input", read);
      box?.removeEventListener("compositionstart", begin);
      box?.removeEventListener("compositionend", end);
    };
  }, []);
  return q;
}

/** Keeps the address in step, so that it can be shared and come back to. */
function useAddress(asked: Asked, data: ListData): void {
  const touched = useRef(false);
  useEffect(() => {
    touched.current ||= asked.q !== data.q;
    if (touched.current) history.replaceState(null, "", listAddress(asked));
  }, [asked, data.q]);
}

export function useHeading(shell: Shell<ListData>, q: string): string {
  const heading = q ? t("list.found", { q }) : shell.data.menus.title || t("list.all");
  useEffect(() => {
    const plain = heading === t("list.all");
    document.title = plain ? shell.channel.name : `${heading}｜${shell.channel.name}`;
  }, [heading, shell.channel.name]);
  return heading;
}
