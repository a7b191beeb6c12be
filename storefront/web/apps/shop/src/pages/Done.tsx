import { api, unwrap } from "@omni/api";
import { grouped, LinkButton, Notice, t } from "@omni/ui";
import { useQuery } from "@tanstack/react-query";
import { fetchOrder } from "../hooks/orders";
import { lastOrder } from "../parts/last-order";
import type { Shell, Shop } from "../shell";

interface DoneData {
  number: string;
  shops: Shop[];
}

export default function Done({ shell }: { shell: Shell<DoneData> }) {
  const { number, shops } = shell.data;
  const last = lastOrder(number);
  const order = useQuery({
    queryKey: ["order", number],
    enabled: shell.signedIn || last !== null,
    queryFn: () =>
      shell.signedIn ? fetchOrder(number) : fetchGuestOrder(number, last?.cart ?? ""),
  });
  const pickUps = order.data?.fulfilments.filter((one) => one.kind === "PICKUP") ?? [];
  const shop = shops.find((one) => one.code === pickUps[0]?.location)?.name;
  return (
    <section className="sheet sheet--narrow">
      <h1>{t("done.title")}</h1>
      <div>
        <p className="lead">{t("done.number")}</p>
        <p className="number">{number}</p>
        <p className="lead">{t("done.mail")}</p>
      </div>
      {order.data && (
        <Notice kind="good">
          {shop ? t("done.pickUp", { shop }) : t("done.ship")}{" "}
          {last && last.pointsToEarn > 0 && t("done.points", { n: grouped(last.pointsToEarn) })}
        </Notice>
      )}
      {pickUps.map(
        (one) =>
          one.hand_over_code && (
            <div key={one.id}>
              <p className="lead">{t("order.code")}</p>
              <p className="number">{one.hand_over_code}</p>
              <p className="lead">{t("order.code.hint")}</p>
            </div>
          ),
      )}
      <div className="actions">
        {shell.signedIn && (
          <LinkButton href={`/account/orders/${encodeURIComponent(number)}/`}>
            {t("done.order")}
          </LinkButton>
        )}
        <LinkButton looks={["quiet"]} href="/">
          {t("done.more")}
        </LinkButton>
      </div>
    </section>
  );
}

/** A guest's order, for whoever knows the cart that it was. */
function fetchGuestOrder(number: string, cart: string) {
  return unwrap(
    api.GET("/api/v1/orders/{number}/", { params: { path: { number }, query: { cart } } }),
  );
}
