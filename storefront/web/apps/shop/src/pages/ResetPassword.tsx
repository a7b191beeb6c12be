import { accounts } from "@omni/api";
import { LinkButton, Notice, t } from "@omni/ui";
import { OneFieldForm } from "../parts/OneFieldForm";
import type { Shell } from "../shell";

/** Asks for the link by e-mail, or, reached by that link, for the new password. */
export default function ResetPassword({ shell }: { shell: Shell<{ key: string }> }) {
  return (
    <section className="sheet sheet--narrow">
      <h1>{t("account.reset")}</h1>
      {shell.data.key ? <NewPassword resetKey={shell.data.key} /> : <AskForLink />}
    </section>
  );
}

function AskForLink() {
  return (
    <>
      <p className="lead">{t("account.resetLead")}</p>
      <OneFieldForm
        label={t("account.email")}
        type="email"
        autoComplete="email"
        submit={t("account.resetSend")}
        action={accounts.requestPasswordReset}
        done={<Notice kind="good">{t("account.resetSent")}</Notice>}
      />
    </>
  );
}

function NewPassword({ resetKey }: { resetKey: string }) {
  return (
    <OneFieldForm
      label={t("account.resetNew")}
      type="password"
      autoComplete="new-password"
      minLength={8}
      hint={t("account.passwordHint")}
      submit={t("account.resetSave")}
      action={(password) => accounts.resetPassword(resetKey, password)}
      done={
        <>
          <Notice kind="good">{t("account.resetDone")}</Notice>
          <LinkButton href="/account/signin/">{t("account.signIn")}</LinkButton>
        </>
      }
    />
  );
}
