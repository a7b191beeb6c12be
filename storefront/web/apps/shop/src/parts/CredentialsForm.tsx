import { Button, Field, Trouble, t } from "@omni/ui";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { nextAddress } from "./next";

interface CredentialsFormProps {
  submit: string;
  newPassword?: boolean;
  /** Answers with the step that is still to be taken, or null when signed in. */
  action: (email: string, password: string) => Promise<string | null>;
}

/** E-mail and password, to sign in or up with. */
export function CredentialsForm({ submit, newPassword = false, action }: CredentialsFormProps) {
  const [shown, show] = useState(false);
  const send = useMutation({
    mutationFn: (form: FormData) => action(String(form.get("email")), String(form.get("password"))),
    onSuccess: (step) =>
      location.assign(step === "verify_email" ? "/account/verify-email/" : nextAddress()),
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    send.mutate(new FormData(event.currentTarget));
  };
  return (
    <form className="form" onSubmit={onSubmit}>
      <Trouble error={send.error} />
      <Field
        label={t("account.email")}
        name="email"
        type="email"
        autoComplete="email"
        inputMode="email"
        required
      />
      <Field
        label={t("account.password")}
        name="password"
        type={shown ? "text" : "password"}
        autoComplete={newPassword ? "new-password" : "current-password"}
        required
        minLength={newPassword ? 8 : undefined}
        hint={newPassword ? t("account.passwordHint") : undefined}
      />
      <label>
        <input type="checkbox" checked={shown} onChange={(event) => show(event.target.checked)} />{" "}
        {t("account.show")}
      </label>
      <Button type="submit" looks={["wide"]} busy={send.isPending || send.isSuccess}>
        {submit}
      </Button>
    </form>
  );
}
