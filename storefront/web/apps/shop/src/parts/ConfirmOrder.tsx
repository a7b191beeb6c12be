import { Button, day, money, Notice, t } from "@omni/ui";
import type { ReactNode } from "react";
import type { Quote } from "../hooks/cart";
import type { DeliveryDays, Wish } from "../hooks/delivery";
import type { Shop } from "../shell";
import { ArticleLine } from "./ArticleLine";
import type { CheckoutShared } from "./CheckoutForm";
import type { Contact, How, Tender } from "./checkout-state";
import { slotName } from "./DeliveryFields";
import { LineAmount } from "./LineAmount";
import { Sums } from "./Sums";

interface ConfirmOrderProps extends CheckoutShared {
  quote: Quote;
  contact: Contact;
  placing: boolean;
  waiting: boolean;
  onBack: () => void;
  onPlace: () => void;
}

/**
 * The last screen before an order: what 特定商取引法 article 12-6 wants seen there is the quantity,
 * the total with shipping, when and how to pay, the delivery, the offer's period, and how to cancel.
 */
export function ConfirmOrder(props: ConfirmOrderProps) {
  const { cart, articles, quote, how, shops, tender, contact, wish, placing, onBack, onPlace } =
    props;
  const units = cart.lines.reduce((sum, line) => sum + line.quantity, 0);
  const collected = cart.lines.map((line) => shopName(shops, line.location)).filter(Boolean);
  return (
    <div className="columns">
      <div className="form">
        <ul>
          {cart.lines.map((line) => (
            <ArticleLine
              key={line.id}
              small
              sku={line.sku}
              article={articles.find(line.sku)}
              meta={
                <>
                  {t("order.quantity", { n: line.quantity })}{" "}
                  <span className="badge">
                    {line.location
                      ? t("cart.pickUpAt", { shop: shopName(shops, line.location) })
                      : t("cart.ship")}
                  </span>
                </>
              }
            >
              <LineAmount line={line} currency={cart.currency} />
            </ArticleLine>
          ))}
        </ul>
        <dl className="facts facts--wide">
          <Fact name={t("checkout.quantityTerm")}>{t("order.quantity", { n: units })}</Fact>
          <Fact name={t("checkout.totalTerm")}>{money(quote.total, quote.currency)}</Fact>
          <Fact name={t("checkout.payTerm")}>{payment(quote, tender, how)}</Fact>
          <Fact name={t("checkout.deliveryTerm")}>
            {how !== "pickup" && <p>{t("checkout.deliverShip")}</p>}
            {(wish.date || wish.slot) && <p>{wishText(wish, props.days)}</p>}
            {[...new Set(collected)].map((shop) => (
              <p key={shop}>{t("checkout.deliverPickUp", { shop })}</p>
            ))}
          </Fact>
          <Fact name={t(how === "pickup" ? "checkout.contact" : "checkout.address")}>
            <Recipient contact={contact} delivered={how !== "pickup"} />
            <button type="button" className="link-button" disabled={placing} onClick={onBack}>
              {t("checkout.edit")}
            </button>
          </Fact>
          <Fact name={t("checkout.deadlineTerm")}>{t("checkout.deadline")}</Fact>
          <Fact name={t("checkout.cancelTerm")}>
            <p>{t("checkout.cancel")}</p>
            <a href="/law/" target="_blank" rel="noreferrer">
              {t("checkout.policy")}
            </a>
          </Fact>
        </dl>
      </div>
      <aside className="summary">
        <Sums of={quote} toEarn={quote.points_to_earn} />
        {props.waiting && <Notice>{t("checkout.inFlight")}</Notice>}
        <Button looks={["wide"]} busy={placing} onClick={onPlace}>
          {t(placing ? "checkout.placing" : "checkout.place")}
        </Button>
        <Button looks={["quiet", "wide"]} disabled={placing} onClick={onBack}>
          {t("checkout.back")}
        </Button>
      </aside>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Recipient({ contact, delivered }: { contact: Contact; delivered: boolean }) {
  return (
    <>
      <p>{contact.name}</p>
      {delivered && (
        <p>
          {contact.postal_code} {contact.prefecture}
          {contact.city}
          {contact.line1} {contact.line2}
        </p>
      )}
      <p>
        {contact.phone} / {contact.email}
      </p>
    </>
  );
}

function wishText(wish: Wish, days: DeliveryDays | undefined): string {
  const slot = days?.slots.find((one) => one.code === wish.slot);
  const date = wish.date ? day(wish.date) : "";
  return t("checkout.wished", { when: [date, slot ? slotName(slot) : ""].join(" ").trim() });
}

function payment(quote: Quote, tender: Tender | undefined, how: How): string {
  if (Number(quote.due) === 0) return t("checkout.payPoints");
  const money = tender?.kind === "CARD" ? t("checkout.payCard") : deferred(how);
  return quote.points_spent > 0 ? `${t("checkout.payPoints")} ${money}` : money;
}

function deferred(how: How): string {
  return t(how === "pickup" ? "checkout.payAtPickUp" : "checkout.payOnDelivery");
}

function shopName(shops: Shop[], code: string | null): string {
  return shops.find((shop) => shop.code === code)?.name ?? code ?? "";
}
