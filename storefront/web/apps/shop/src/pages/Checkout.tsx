import { Empty, LinkButton, Trouble, t, Waiting } from "@omni/ui";
import { useState } from "react";
import { useArticles } from "../hooks/articles";
import { type Cart, placeOf, useCart, useQuote } from "../hooks/cart";
import { useContact } from "../hooks/contact";
import { NO_WISH, stillPossible, useDeliveryDays } from "../hooks/delivery";
import { usePlaceOrder } from "../hooks/place-order";
import { CheckoutForm } from "../parts/CheckoutForm";
import { ConfirmOrder } from "../parts/ConfirmOrder";
import { howOf, type Tender, tendersFor } from "../parts/checkout-state";
import type { Shell, Shop } from "../shell";

export interface CheckoutData {
  shops: Shop[];
  tenders: Tender[];
  test_cards: boolean;
}

export default function Checkout({ shell }: { shell: Shell<CheckoutData> }) {
  const cart = useCart();
  if (cart.data && cart.data.lines.length > 0) return <Steps shell={shell} cart={cart.data} />;
  return (
    <section className="sheet">
      <h1>{t("checkout.title")}</h1>
      {cart.isPending && <Waiting />}
      <Trouble error={cart.error} />
      {cart.isSuccess && (
        <Empty title={t("cart.empty")} hint={t("cart.emptyHint")}>
          <LinkButton href="/">{t("site.home")}</LinkButton>
        </Empty>
      )}
    </section>
  );
}

/** First what is asked, then the last screen, which shows everything before the order is placed. */
function Steps({ shell, cart }: { shell: Shell<CheckoutData>; cart: Cart }) {
  const [confirming, confirm] = useState(false);
  const [points, setPoints] = useState(0);
  const [tenderCode, setTender] = useState("");
  const [cardToken, setCardToken] = useState("tok_ok");
  const [contact, setContact] = useContact(shell.signedIn);
  const articles = useArticles(cart.lines.map((line) => line.sku));
  const [wished, setWish] = useState(NO_WISH);
  const destination = placeOf(contact);
  const quote = useQuote(cart, points, { contact: destination });
  const how = howOf(cart);
  const days = useDeliveryDays(cart, destination).data;
  const wish = stillPossible(wished, how === "pickup" ? undefined : days);
  const offered = quote.data
    ? tendersFor(quote.data, shell.data.tenders, how, shell.data.test_cards)
    : [];
  const tender = offered.find((one) => one.code === tenderCode) ?? offered[0];
  const place = usePlaceOrder(cart.id, () => confirm(false));
  const go = (next: boolean) => {
    confirm(next);
    scrollTo({ top: 0 });
  };
  const shared = {
    cart,
    articles,
    quote: quote.data,
    how,
    shops: shell.data.shops,
    tender,
    days,
    wish,
  };
  return (
    <section className="sheet">
      <h1>{t(confirming ? "checkout.confirmTitle" : "checkout.title")}</h1>
      <Trouble error={place.error ?? quote.error} nameOf={articles.nameOf} />
      {confirming && quote.data ? (
        <ConfirmOrder
          {...shared}
          quote={quote.data}
          contact={contact}
          placing={place.isPending || place.isSuccess}
          waiting={place.failureCount > 0 && place.isPending}
          onBack={() => go(false)}
          onPlace={() =>
            place.mutate({
              contact,
              points,
              tender: Number(quote.data.due) > 0 ? (tender?.code ?? "") : "",
              card_token: tender?.kind === "CARD" && Number(quote.data.due) > 0 ? cardToken : "",
              expected_total: quote.data.total,
              ...(wish.date || wish.slot
                ? { delivery: { date: wish.date || null, slot: wish.slot } }
                : {}),
            })
          }
        />
      ) : (
        <CheckoutForm
          {...shared}
          signedIn={shell.signedIn}
          contact={contact}
          points={points}
          offered={offered}
          cardToken={cardToken}
          onContact={setContact}
          onWish={(changed) => setWish((before) => ({ ...before, ...changed }))}
          onPoints={setPoints}
          onTender={setTender}
          onCardToken={setCardToken}
          onConfirm={() => {
            place.reset();
            go(true);
          }}
        />
      )}
    </section>
  );
}
