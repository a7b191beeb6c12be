import { accounts } from "@omni/api";
import { t } from "@omni/ui";
import { CredentialsForm } from "../parts/CredentialsForm";
import { withNext } from "../parts/next";

export default function SignIn() {
  return (
    <section className="sheet sheet--narrow">
      <h1>{t("account.signIn")}</h1>
      <p className="lead">{t("account.signInLead")}</p>
      <CredentialsForm submit={t("account.signIn")} action={accounts.signIn} />
      <p className="form__links">
        <a href={withNext("/account/signup/")}>{t("account.toSignUp")}</a>
        <a href="/account/password/reset/">{t("account.forgot")}</a>
      </p>
    </section>
  );
}
