import { t } from "../i18n";

interface StepperProps {
  value: number;
  most?: number;
  disabled?: boolean;
  onChange: (value: number) => void;
}

export function Stepper({ value, most = 99, disabled = false, onChange }: StepperProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be laid out as a grid everywhere
    <div className="stepper" role="group" aria-label={t("product.quantity")}>
      <button
        type="button"
        aria-label={t("product.less")}
        disabled={disabled || value <= 1}
        onClick={() => onChange(value - 1)}
      >
        −
      </button>
      <output>{value}</output>
      <button
        type="button"
        aria-label={t("product.more")}
        disabled={disabled || value >= most}
        onClick={() => onChange(value + 1)}
      >
        +
      </button>
    </div>
  );
}
