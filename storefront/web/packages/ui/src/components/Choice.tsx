import type { ReactNode } from "react";

interface ChoiceProps {
  group: string;
  name: ReactNode;
  note?: ReactNode;
  checked: boolean;
  disabled?: boolean;
  onChoose: () => void;
}

/** One of several ways, as a radio button in a card of its own. */
export function Choice({ group, name, note, checked, disabled = false, onChoose }: ChoiceProps) {
  return (
    <label className="choice">
      <input type="radio" name={group} checked={checked} disabled={disabled} onChange={onChoose} />
      <span className="choice__name">{name}</span>
      {note && <span className="choice__note">{note}</span>}
    </label>
  );
}
