import { Button, Choice, Field, grouped, t } from "@omni/ui";
import { type FormEvent, useState } from "react";
import type { useArticles } from "../hooks/articles";
import type { Cart, Quote } from "../hooks/cart";
import type { DeliveryDays, Wish } from "../hooks/delivery";
import type { Shop } from "../shell";
import { AddressFields, ContactFields } from "./ContactFields";
import { type Contact, type How, missing, type Tender } from "./checkout-state";
import { DeliveryFields } from "./DeliveryFields";
import { HowToGet } from "./HowToGet";
import { Payment } from "./Payment";
import { Sums } from "./Sums";

export interface CheckoutShared {
  cart: Cart;
  articles: ReturnType<typeof useArticles>;
  quote: Quote | undefined;
  how: How;
  shops: Shop[];
  tender: Tender | undefined;
  days: DeliveryDays | undefined;
  wish: Wish;
}

interface CheckoutFormProps extends CheckoutShared {
  signedIn: boolean;
  contact: Contact;
  points: number;
  offered: Tender[];
  cardToken: string;
  onContact: (changed: Partial<Contact>) => void;
  onWish: (changed: Partial<Wish>) => void;
  onPoints: (points: number) => void;
  onTender: (code: string) => void;
  onCardToken: (token: string) => void;
  onConfirm: () => void;
}

/** What a checkout asks: how to get it, who and where, points, and how to pay. */
export function CheckoutForm(props: CheckoutFormProps) {
  const { cart, quote, how, shops, contact, onContact } = props;
  const [tried, setTried] = useState(false);
  const lacking = tried ? missing(contact, how) : [];
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const first = missing(contact, how)[0];
    setTried(true);
    if (!first) return props.onConfirm();
    const field = event.currentTarget.elements.namedItem(first);
    if (field instanceof HTMLElement) field.focus();
  };
  const paid = quote !== undefined && Number(quote.due) === 0;
  return (
    <form className="columns" onSubmit={submit} noValidate>
      <div className="form">
        <HowToGet cart={cart} how={how} shops={shops} articles={props.articles} />
        <ContactFields contact={contact} lacking={lacking} onChange={onContact} />
        {how !== "pickup" && (
          <>
            <AddressFields contact={contact} lacking={lacking} onChange={onContact} />
            <DeliveryFields days={props.days} wish={props.wish} onWish={props.onWish} />
          </>
        )}
        <PointsFields {...props} />
        <Payment {...props} paid={paid} />
      </div>
      <aside className="summary" aria-live="polite">
        {quote && <Sums of={quote} toEarn={quote.points_to_earn} />}
        <Button type="submit" looks={["wide"]} disabled={!quote || (!paid && !props.tender)}>
          {t("checkout.toConfirm")}
        </Button>
      </aside>
    </form>
  );
}

function PointsFields({ signedIn, quote, points, onPoints }: CheckoutFormProps) {
  const [some, setSome] = useState(false);
  if (!signedIn) {
    return (
      <fieldset className="form__section">
        <legend>{t("checkout.points")}</legend>
        <p className="lead">
          {t("checkout.pointsGuest")}{" "}
          <a href="/account/signin/?next=/checkout/">{t("site.signIn")}</a>
        </p>
      </fieldset>
    );
  }
  const most = Math.min(quote?.points_available ?? 0, quote?.points_most ?? 0);
  return (
    <fieldset className="form__section">
      <legend>{t("checkout.points")}</legend>
      <p className="points">
        {t("checkout.pointsHave", { n: grouped(quote?.points_available ?? 0) })}
      </p>
      <Choice
        group="points"
        name={t("checkout.pointsNone")}
        checked={!some && points === 0}
        onChoose={() => {
          setSome(false);
          onPoints(0);
        }}
      />
      {most > 0 && (
        <>
          <Choice
            group="points"
            name={t("checkout.pointsAll", { n: grouped(most) })}
            checked={!some && points > 0}
            onChoose={() => {
              setSome(false);
              onPoints(most);
            }}
          />
          <Choice
            group="points"
            name={t("checkout.pointsSome")}
            checked={some}
            onChoose={() => setSome(true)}
          />
          {some && (
            <Field
              label={t("checkout.pointsHow")}
              type="number"
              inputMode="numeric"
              min={0}
              max={most}
              value={points || ""}
              onChange={(event) => onPoints(clamp(event.target.valueAsNumber, most))}
            />
          )}
        </>
      )}
    </fieldset>
  );
}

function clamp(value: number, most: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.min(Math.trunc(value), most)) : 0;
}
