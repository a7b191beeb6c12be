import { find } from "@omni/ui";

const GOOD = new Set(["PLACED", "COMPLETED", "READY", "CAPTURED"]);
const BAD = new Set(["CANCELLED", "EXPIRED", "FAILED"]);

interface StatusBadgeProps {
  status: string;
  of?: "status" | "fulfilment" | "payment";
}

export function StatusBadge({ status, of = "status" }: StatusBadgeProps) {
  const look = GOOD.has(status) ? " badge--good" : BAD.has(status) ? " badge--trouble" : "";
  return <span className={`badge${look}`}>{find(`order.${of}.${status}`) ?? status}</span>;
}
