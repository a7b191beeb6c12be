import { api, type Link, type StockState, StockStream, unwrap } from "@omni/api";
import { useEffect, useState } from "react";
import type { ProductData, ProductDetail } from "../pages/Product";
import type { Shell, Stock } from "../shell";

/** The stock of every variant of a product, from Django at first and from then on live. */
export function useLiveStock(shell: Shell<ProductData>, product: ProductDetail) {
  const [stock, setStock] = useState<Stock>(shell.data.stock);
  const [link, setLink] = useState<Link>("connecting");
  const { streamUrl } = shell;
  const channel = shell.channel.code;
  useEffect(() => {
    const skus = product.variants.filter((one) => one.keeps_stock).map((one) => one.sku);
    if (skus.length === 0) return;
    const stream = new StockStream({
      url: streamUrl,
      skus,
      onLink: setLink,
      onState: (state) => setStock((known) => ({ ...known, [state.sku]: state })),
      poll: () => poll(channel, skus, setStock),
    });
    return () => stream.close();
  }, [product, streamUrl, channel]);
  return { stock, link };
}

type SetStock = (change: (known: Stock) => Stock) => void;

/** Without a stream: what the channel may sell; the numbers of shops stay as they were. */
async function poll(channel: string, skus: string[], setStock: SetStock): Promise<void> {
  const query = { sku: skus, channel };
  const answer = await unwrap(api.GET("/api/v1/availability/", { params: { query } }));
  setStock((known) => {
    const updated = answer.items.map(({ sku, available }): [string, StockState] => {
      const before = known[sku] ?? { sku, at: "", channels: {}, locations: {} };
      return [sku, { ...before, channels: { ...before.channels, [channel]: available } }];
    });
    return { ...known, ...Object.fromEntries(updated) };
  });
}
