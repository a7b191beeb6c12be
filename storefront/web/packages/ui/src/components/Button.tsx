import type { ComponentProps, ReactNode } from "react";

type Look = "quiet" | "wide" | "small";

function classes(looks: readonly Look[]): string {
  return ["button", ...looks.map((look) => `button--${look}`)].join(" ");
}

interface ButtonProps extends Omit<ComponentProps<"button">, "className"> {
  looks?: readonly Look[];
  /** While true the button says that it works, and takes no second click. */
  busy?: boolean;
  children: ReactNode;
}

export function Button({ looks = [], busy = false, disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classes(looks)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {children}
    </button>
  );
}

interface LinkButtonProps extends Omit<ComponentProps<"a">, "className"> {
  looks?: readonly Look[];
}

export function LinkButton({ looks = [], children, ...rest }: LinkButtonProps) {
  return (
    <a {...rest} className={classes(looks)}>
      {children}
    </a>
  );
}
