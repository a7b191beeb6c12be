import { Choice, Select, t } from "@omni/ui";
import type { How, Tender } from "./checkout-state";

interface PaymentProps {
  how: How;
  paid: boolean;
  offered: Tender[];
  tender: Tender | undefined;
  cardToken: string;
  onTender: (code: string) => void;
  onCardToken: (token: string) => void;
}

// What the sandbox acquirer knows: a card for each thing that can happen.
const TEST_CARDS = {
  tok_ok: "checkout.cardGood",
  tok_declined: "checkout.cardDeclined",
  tok_timeout: "checkout.cardSlow",
  tok_lost: "checkout.cardLost",
} as const;

export function Payment(props: PaymentProps) {
  const { how, paid, offered, tender, cardToken, onTender, onCardToken } = props;
  return (
    <fieldset className="form__section">
      <legend>{t("checkout.payment")}</legend>
      {paid && <p className="points">{t("checkout.pointsOnly")}</p>}
      {!paid &&
        offered.map((one) => (
          <Choice
            key={one.code}
            group="tender"
            name={one.name}
            note={noteOf(one, how)}
            checked={one.code === tender?.code}
            onChoose={() => onTender(one.code)}
          />
        ))}
      {!paid && tender?.kind === "CARD" && (
        <Select
          label={t("checkout.cardToken")}
          hint={t("checkout.cardTest")}
          value={cardToken}
          onChange={(event) => onCardToken(event.target.value)}
        >
          {Object.entries(TEST_CARDS).map(([token, label]) => (
            <option key={token} value={token}>
              {t(label)}
            </option>
          ))}
        </Select>
      )}
    </fieldset>
  );
}

function noteOf(tender: Tender, how: How): string {
  if (tender.kind === "CARD") return t("checkout.cardNote");
  return t(how === "pickup" ? "checkout.atPickUpNote" : "checkout.onDeliveryNote");
}
