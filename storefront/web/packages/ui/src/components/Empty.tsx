import type { ReactNode } from "react";

interface EmptyProps {
  title: string;
  hint?: string;
  level?: 1 | 2;
  children?: ReactNode;
}

export function Empty({ title, hint, level = 2, children }: EmptyProps) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <div className="empty">
      <Heading>{title}</Heading>
      {hint && <p>{hint}</p>}
      {children}
    </div>
  );
}
