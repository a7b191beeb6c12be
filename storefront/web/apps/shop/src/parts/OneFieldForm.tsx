import { Button, Field, Trouble } from "@omni/ui";
import { useMutation } from "@tanstack/react-query";
import type { ComponentProps, FormEvent, ReactNode } from "react";

interface OneFieldFormProps extends Omit<ComponentProps<typeof Field>, "onSubmit" | "name"> {
  submit: string;
  /** That it is not what the page is there for. */
  quiet?: boolean;
  action: (value: string) => Promise<unknown>;
  /** What stands there once it is done. */
  done?: ReactNode;
}

/** One question, one answer. */
export function OneFieldForm({ submit, quiet, action, done, ...field }: OneFieldFormProps) {
  const send = useMutation({ mutationFn: action });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    send.mutate(String(new FormData(event.currentTarget).get("value") ?? "").trim());
  };
  if (send.isSuccess && done) return done;
  return (
    <form className="form" onSubmit={onSubmit}>
      <Trouble error={send.error} />
      <Field {...field} name="value" required />
      <Button type="submit" looks={quiet ? ["quiet"] : []} busy={send.isPending}>
        {submit}
      </Button>
    </form>
  );
}
