import { accounts } from "@omni/api";
import { t } from "@omni/ui";
import { CredentialsForm } from "../parts/CredentialsForm";
import { withNext } from "../parts/next";

export default function SignUp() {
  return (
    <section className="sheet sheet--narrow">
      <h1>{t("account.signUp")}</h1>
      <p className="lead">{t("account.signUpLead")}</p>
      <CredentialsForm submit={t("account.signUp")} newPassword action={accounts.signUp} />
      <p className="form__links">
        <a href={withNext("/account/signin/")}>{t("account.toSignIn")}</a>
      </p>
    </section>
  );
}
