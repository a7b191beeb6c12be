import { type ReactNode, useEffect, useRef } from "react";
import { explain } from "../explain";

interface NoticeProps {
  kind?: "plain" | "good" | "trouble";
  children: ReactNode;
}

export function Notice({ kind = "plain", children }: NoticeProps) {
  return (
    <div
      className={kind === "plain" ? "notice" : `notice notice--${kind}`}
      role={kind === "trouble" ? "alert" : "status"}
    >
      {children}
    </div>
  );
}

interface TroubleProps {
  error: unknown;
  nameOf?: (sku: string) => string;
  children?: ReactNode;
}

/** A failure in the reader's words; scrolled to, since it may have come from far down the page. */
export function Trouble({ error, nameOf, children }: TroubleProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error) box.current?.scrollIntoView({ block: "nearest" });
  }, [error]);
  if (!error) return null;
  return (
    <div ref={box}>
      <Notice kind="trouble">
        {explain(error, nameOf)} {children}
      </Notice>
    </div>
  );
}

/** Says something to screen readers alone, when it changes. */
export function Announce({ children }: { children: string }) {
  return (
    <span className="visually-hidden" role="status">
      {children}
    </span>
  );
}
