import { Field, type MessageKey, t } from "@omni/ui";
import type { ComponentProps } from "react";
import { findPlace } from "../hooks/contact";
import type { Contact } from "./checkout-state";

interface FieldsProps {
  contact: Contact;
  lacking: (keyof Contact)[];
  onChange: (changed: Partial<Contact>) => void;
}

const LABELS: Record<keyof Contact, MessageKey> = {
  name: "checkout.name",
  name_kana: "checkout.nameKana",
  email: "checkout.email",
  phone: "checkout.phone",
  postal_code: "checkout.postalCode",
  prefecture: "checkout.prefecture",
  city: "checkout.city",
  line1: "checkout.line1",
  line2: "checkout.line2",
};

interface OneProps
  extends FieldsProps,
    Partial<Omit<ComponentProps<typeof Field>, "contact" | "onChange">> {
  field: keyof Contact;
}

function One({ field, contact, lacking, onChange, ...rest }: OneProps) {
  const label = t(LABELS[field]);
  return (
    <Field
      {...rest}
      label={label}
      name={field}
      value={contact[field]}
      error={lacking.includes(field) ? t("checkout.required", { field: label }) : undefined}
      onChange={(event) => onChange({ [field]: event.target.value })}
    />
  );
}

export function ContactFields(props: FieldsProps) {
  return (
    <fieldset className="form__section">
      <legend>{t("checkout.contact")}</legend>
      <div className="form__pair">
        <One {...props} field="name" autoComplete="name" maxLength={200} />
        <One {...props} field="name_kana" optional autoComplete="off" maxLength={200} />
        <One {...props} field="email" type="email" autoComplete="email" maxLength={254} />
        <One {...props} field="phone" type="tel" autoComplete="tel" maxLength={32} />
      </div>
    </fieldset>
  );
}

export function AddressFields(props: FieldsProps) {
  const { contact, onChange } = props;
  const fill = async (postal_code: string) => {
    const place = await findPlace(postal_code);
    if (!place) return;
    onChange({
      prefecture: place.prefecture,
      city: place.city,
      // What somebody has typed already is theirs.
      ...(contact.line1 ? {} : { line1: place.neighborhood }),
    });
  };
  return (
    <fieldset className="form__section">
      <legend>{t("checkout.address")}</legend>
      <div className="form__pair">
        <One
          {...props}
          field="postal_code"
          hint={t("checkout.postalCodeHint")}
          autoComplete="postal-code"
          inputMode="numeric"
          maxLength={16}
          onChange={(changed) => {
            onChange(changed);
            void fill(changed.postal_code ?? "");
          }}
        />
        <One {...props} field="prefecture" autoComplete="address-level1" maxLength={100} />
      </div>
      <One {...props} field="city" autoComplete="address-level2" maxLength={200} />
      <One {...props} field="line1" autoComplete="address-line1" maxLength={200} />
      <One {...props} field="line2" optional autoComplete="address-line2" maxLength={200} />
    </fieldset>
  );
}
