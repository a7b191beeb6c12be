import { accounts } from "@omni/api";
import { Button, LinkButton, Notice, Trouble, t } from "@omni/ui";
import { useMutation } from "@tanstack/react-query";
import { OneFieldForm } from "../parts/OneFieldForm";
import type { Shell } from "../shell";

/** Confirms an address: by the link of the e-mail, or by the code in it. */
export default function VerifyEmail({ shell }: { shell: Shell<{ key: string }> }) {
  return (
    <section className="sheet sheet--narrow">
      <h1>{t("account.verify")}</h1>
      {shell.data.key ? <ByLink linkKey={shell.data.key} /> : <ByCode />}
    </section>
  );
}

// A press of a button, since mail programs open links by themselves.
function ByLink({ linkKey }: { linkKey: string }) {
  const verify = useMutation({ mutationFn: () => accounts.verifyEmail(linkKey) });
  if (verify.isSuccess) return <Verified />;
  return (
    <>
      <Trouble error={verify.error} />
      <Button busy={verify.isPending} onClick={() => verify.mutate()}>
        {t("account.verifyDo")}
      </Button>
    </>
  );
}

function ByCode() {
  return (
    <OneFieldForm
      label={t("account.verifyCode")}
      autoComplete="one-time-code"
      submit={t("account.verifyDo")}
      action={accounts.verifyEmail}
      done={<Verified />}
    />
  );
}

function Verified() {
  return (
    <>
      <Notice kind="good">{t("account.verified")}</Notice>
      <LinkButton href="/account/">{t("account.title")}</LinkButton>
    </>
  );
}
