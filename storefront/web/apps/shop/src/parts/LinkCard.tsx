import { api, unwrap } from "@omni/api";
import { find, Notice, t } from "@omni/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useIntent } from "../hooks/cart";
import { OneFieldForm } from "./OneFieldForm";

interface Challenge {
  id: string;
  sentTo: string;
}

interface LinkCardProps {
  linked: boolean;
  known: boolean;
}

/** Linking a shop's member card: its number first, then the one-time code that goes to its owner. */
export function LinkCard({ linked, known }: LinkCardProps) {
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const [done, setDone] = useState(false);
  const queries = useQueryClient();
  const asking = useIntent();
  const confirming = useIntent();
  if (done) return <Notice kind="good">{t("wallet.linked")}</Notice>;
  if (linked || !known) return null;
  const ask = async (member_number: string) => {
    const answer = await unwrap(
      api.POST("/api/v1/me/links/", {
        params: { header: { "Idempotency-Key": asking.of(member_number) } },
        body: { member_number },
      }),
    );
    asking.done();
    setChallenge({ id: answer.challenge, sentTo: answer.sent_to });
  };
  const confirm = async (code: string) => {
    const challenge_id = challenge?.id ?? "";
    await unwrap(
      api.POST("/api/v1/me/links/{challenge_id}/confirm/", {
        params: {
          path: { challenge_id },
          header: { "Idempotency-Key": confirming.of([challenge_id, code]) },
        },
        body: { code },
      }),
    );
    setDone(true);
    await queries.invalidateQueries();
  };
  return (
    <section className="summary" aria-live="polite">
      <h2>{t("wallet.link")}</h2>
      {challenge ? (
        <>
          <Notice>
            {t("wallet.sent", { to: find(`wallet.to.${challenge.sentTo}`) ?? challenge.sentTo })}
          </Notice>
          <OneFieldForm
            key="code"
            label={t("wallet.code")}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={16}
            submit={t("wallet.confirm")}
            action={confirm}
          />
          <button type="button" className="link-button" onClick={() => setChallenge(null)}>
            {t("wallet.again")}
          </button>
        </>
      ) : (
        <>
          <p className="lead">{t("wallet.linkLead")}</p>
          <OneFieldForm
            key="number"
            label={t("wallet.number")}
            hint={t("wallet.numberHint")}
            inputMode="numeric"
            autoComplete="off"
            maxLength={64}
            submit={t("wallet.sendCode")}
            action={ask}
          />
        </>
      )}
    </section>
  );
}
