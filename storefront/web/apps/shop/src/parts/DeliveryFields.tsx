import { day, inLanguage, Select, t } from "@omni/ui";
import type { DeliveryDays, Wish } from "../hooks/delivery";

interface DeliveryFieldsProps {
  days: DeliveryDays | undefined;
  wish: Wish;
  onWish: (changed: Partial<Wish>) => void;
}

/** On which day and in which of the carrier's slots; nothing where none can be chosen. */
export function DeliveryFields({ days, wish, onWish }: DeliveryFieldsProps) {
  if (!days || (days.dates.length === 0 && days.slots.length === 0)) return null;
  return (
    <fieldset className="form__section">
      <legend>{t("checkout.when")}</legend>
      <div className="form__pair">
        {days.dates.length > 0 && (
          <Select
            label={t("checkout.deliveryDate")}
            name="delivery_date"
            value={wish.date}
            onChange={(event) => onWish({ date: event.target.value })}
          >
            <option value="">{t("checkout.noWish")}</option>
            {days.dates.map((date) => (
              <option key={date} value={date}>
                {day(date)}
              </option>
            ))}
          </Select>
        )}
        {days.slots.length > 0 && (
          <Select
            label={t("checkout.deliverySlot")}
            name="delivery_slot"
            value={wish.slot}
            onChange={(event) => onWish({ slot: event.target.value })}
          >
            <option value="">{t("checkout.noWish")}</option>
            {days.slots.map((slot) => (
              <option key={slot.code} value={slot.code}>
                {slotName(slot)}
              </option>
            ))}
          </Select>
        )}
      </div>
    </fieldset>
  );
}

/** A slot's name in the reader's language. */
export function slotName(slot: { code: string; name: Record<string, string> }): string {
  return inLanguage(slot.name) || slot.code;
}
