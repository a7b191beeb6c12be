import { day, t } from "@omni/ui";

interface AheadProps {
  kind: "PREORDER" | "BACKORDER";
  date: string | null | undefined;
  /** How many of several wait; without it all do. */
  units?: number | undefined;
}

/** That something is sold before it is there, and when it is expected to leave. */
export function Ahead({ kind, date, units }: AheadProps) {
  const named = t(`ahead.${kind}`);
  return (
    <span className="stock stock--few">
      {units === undefined ? named : t("ahead.waits", { n: units, kind: named })}
      {" · "}
      {date ? t("ahead.date", { date: day(`${date}T12:00:00`) }) : t("ahead.unknown")}
    </span>
  );
}
