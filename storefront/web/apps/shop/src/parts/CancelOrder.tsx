import { Button, Notice, Trouble, t } from "@omni/ui";
import { useState } from "react";
import { type Order, useCancel } from "../hooks/orders";

/** Cancelling, asked about once; offered while nothing has been handed over. */
export function CancelOrder({ order }: { order: Order }) {
  const [asking, ask] = useState(false);
  const cancel = useCancel(order.number);
  if (cancel.isSuccess) return <Notice kind="good">{t("order.cancelled")}</Notice>;
  if (!mayCancel(order)) return null;
  if (!asking) {
    return (
      <Button looks={["quiet", "wide"]} onClick={() => ask(true)}>
        {t("order.cancel")}
      </Button>
    );
  }
  return (
    <div className="form">
      <p>{t("order.cancelSure")}</p>
      <Trouble error={cancel.error} />
      <div className="actions">
        <Button busy={cancel.isPending} onClick={() => cancel.mutate("")}>
          {t("order.cancelYes")}
        </Button>
        <Button looks={["quiet"]} disabled={cancel.isPending} onClick={() => ask(false)}>
          {t("order.cancelNo")}
        </Button>
      </div>
    </div>
  );
}

function mayCancel(order: Order): boolean {
  const untouched = order.lines.every((line) => line.fulfilled_quantity === 0);
  return order.location === null && untouched && ["PENDING", "PLACED"].includes(order.status);
}
