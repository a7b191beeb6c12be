import { Button, day, Empty, LinkButton, money, Trouble, t, Waiting } from "@omni/ui";
import { type Order, useOrders } from "../hooks/orders";
import { AccountTabs } from "../parts/AccountTabs";
import { StatusBadge } from "../parts/StatusBadge";
import type { Shell, Shop } from "../shell";

export default function Orders({ shell }: { shell: Shell<{ shops: Shop[] }> }) {
  const query = useOrders();
  const orders = query.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <section className="sheet">
      <h1>{t("account.title")}</h1>
      <AccountTabs current="orders" />
      {query.isPending && <Waiting />}
      <Trouble error={query.error} />
      {query.isSuccess && orders.length === 0 && (
        <Empty title={t("orders.none")} hint={t("orders.noneHint")}>
          <LinkButton href="/">{t("site.home")}</LinkButton>
        </Empty>
      )}
      <ul className="rows">
        {orders.map((order) => (
          <Row key={order.number} order={order} shops={shell.data.shops} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button
          looks={["quiet"]}
          busy={query.isFetchingNextPage}
          onClick={() => query.fetchNextPage()}
        >
          {t("list.more")}
        </Button>
      )}
    </section>
  );
}

function Row({ order, shops }: { order: Order; shops: Shop[] }) {
  const shop = shops.find((one) => one.code === order.location)?.name ?? order.location;
  return (
    <li>
      <a className="rows__link" href={`/account/orders/${encodeURIComponent(order.number)}/`}>
        {day(order.placed_at)}
        <br />
        <small>
          {shop ? t("orders.at", { shop }) : t("orders.online")} {order.number}
        </small>
      </a>
      <span className="rows__amount">
        {money(order.total, order.currency)}
        <br />
        <StatusBadge status={order.status} />
      </span>
    </li>
  );
}
