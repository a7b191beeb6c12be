import { dayAndTime, find, grouped, money, Notice, Trouble, t, Waiting } from "@omni/ui";
import { useArticles } from "../hooks/articles";
import { type Order as OrderOf, useOrder } from "../hooks/orders";
import { Ahead } from "../parts/Ahead";
import { ArticleLine } from "../parts/ArticleLine";
import { CancelOrder } from "../parts/CancelOrder";
import type { Tender } from "../parts/checkout-state";
import { StatusBadge } from "../parts/StatusBadge";
import { Sums } from "../parts/Sums";
import type { Shell, Shop } from "../shell";

interface OrderData {
  number: string;
  shops: Shop[];
  tenders: Tender[];
}

export default function Order({ shell }: { shell: Shell<OrderData> }) {
  const { number } = shell.data;
  const query = useOrder(number);
  return (
    <section className="sheet">
      <p className="crumbs">
        <a href="/account/orders/">{t("account.orders")}</a>
      </p>
      <h1>{t("order.title", { number })}</h1>
      {query.isPending && <Waiting />}
      <Trouble error={query.error} />
      {query.data && <Details order={query.data} data={shell.data} />}
    </section>
  );
}

function Details({ order, data }: { order: OrderOf; data: OrderData }) {
  const articles = useArticles(order.lines.map((line) => line.sku));
  return (
    <div className="columns">
      <div className="form">
        <div className="actions">
          <StatusBadge status={order.status} />
          <span className="lead">
            {t("order.placedAt")} {dayAndTime(order.placed_at)}
          </span>
        </div>
        <section>
          <h2>{t("order.lines")}</h2>
          <ul>
            {order.lines.map((line) => (
              <ArticleLine
                key={line.position}
                small
                sku={line.sku}
                article={articles.find(line.sku)}
                meta={
                  <>
                    {t("order.quantity", { n: line.quantity })}{" "}
                    {line.returned_quantity > 0 &&
                      t("order.returned", { n: line.returned_quantity })}
                  </>
                }
              >
                <span className="line__amount price">
                  {money(line.amount, order.currency)}
                  {!line.tax_inclusive && <small>{t("price.exclusive")}</small>}
                </span>
              </ArticleLine>
            ))}
          </ul>
        </section>
        <Fulfilments order={order} shops={data.shops} />
        <Payments order={order} tenders={data.tenders} />
        <Contact order={order} />
      </div>
      <aside className="summary">
        <Sums of={order} />
        {order.points_earned > 0 && (
          <p className="points">
            {t("order.earned")} {t("points.unit", { n: grouped(order.points_earned) })}
          </p>
        )}
        <CancelOrder order={order} />
      </aside>
    </div>
  );
}

function Fulfilments({ order, shops }: { order: OrderOf; shops: Shop[] }) {
  if (order.fulfilments.length === 0) return null;
  return (
    <section>
      <h2>{t("order.fulfilment")}</h2>
      <ul className="rows">
        {order.fulfilments.map((one) => (
          <li key={one.id}>
            <span>
              {find(`order.kind.${one.kind}`) ?? one.kind}{" "}
              <small>
                {one.kind === "SHIP" ? one.tracking_number : shopName(shops, one.location)}
              </small>
              {one.hand_over_code && <Code text={one.hand_over_code} />}
              {one.lines.map(
                (line) =>
                  line.ahead && (
                    <Ahead
                      key={line.position}
                      kind={line.ahead}
                      date={line.promised_date}
                      units={line.quantity}
                    />
                  ),
              )}
            </span>
            <StatusBadge status={one.status} of="fulfilment" />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the buyer, or who comes for them, shows in the shop. */
function Code({ text }: { text: string }) {
  return (
    <>
      <br />
      <small>{t("order.code")}</small> <strong className="number">{text}</strong>
      <br />
      <small>{t("order.code.hint")}</small>
    </>
  );
}

function shopName(shops: Shop[], code: string | null | undefined): string {
  return shops.find((shop) => shop.code === code)?.name ?? code ?? "";
}

function Payments({ order, tenders }: { order: OrderOf; tenders: Tender[] }) {
  return (
    <section>
      <h2>{t("order.payment")}</h2>
      <ul className="rows">
        {order.payments.map((payment) => (
          <li key={`${payment.tender} ${payment.amount} ${payment.status}`}>
            <span>
              {tenders.find((tender) => tender.code === payment.tender)?.name ?? payment.tender}{" "}
              <StatusBadge status={payment.status} of="payment" />
            </span>
            <span className="rows__amount">
              {money(payment.amount, order.currency)}
              {Number(payment.refunded_amount) > 0 && (
                <>
                  <br />
                  <small>{money(-Number(payment.refunded_amount), order.currency)}</small>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Contact({ order }: { order: OrderOf }) {
  const { contact } = order;
  if (!contact) return null;
  const address = [contact.prefecture, contact.city, contact.line1, contact.line2].filter(Boolean);
  return (
    <section>
      <h2>{t("order.contact")}</h2>
      <Notice>
        {contact.name}
        {address.length > 0 && (
          <>
            <br />
            {contact.postal_code} {address.join(" ")}
          </>
        )}
        <br />
        {[contact.phone, contact.email].filter(Boolean).join(" / ")}
      </Notice>
    </section>
  );
}
