import { t } from "@omni/ui";
import { type Asked, listAddress, type MenuEntry, type Menus } from "./list-address";

export function ListMenus({ asked, menus }: { asked: Asked; menus: Menus }) {
  return (
    <nav className="menus" aria-label={t("list.categories")}>
      <Menu
        title={t("list.categories")}
        entries={menus.categories}
        asked={asked}
        field="category"
      />
      {menus.brands.length > 1 && (
        <Menu title={t("list.brands")} entries={menus.brands} asked={asked} field="brand" />
      )}
    </nav>
  );
}

interface MenuProps {
  title: string;
  entries: MenuEntry[];
  asked: Asked;
  field: "category" | "brand";
}

function Menu({ title, entries, asked, field }: MenuProps) {
  return (
    <div className="menu">
      <h2 className="menu__title">{title}</h2>
      <ul className="menu__items">
        <li>
          <Chip href={listAddress(asked, { [field]: "" })} current={!asked[field]}>
            {t("list.everything")}
          </Chip>
        </li>
        {entries.map((entry) => (
          <li
            key={entry.code}
            className={entry.depth === undefined ? undefined : `menu__item--${entry.depth}`}
          >
            <Chip href={listAddress(asked, { [field]: entry.code })} current={entry.current}>
              {entry.name}
            </Chip>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** On a phone the chips are a row that scrolls: the current one is brought into it. */
function showInRow(chip: HTMLElement | null): void {
  const row = chip?.closest("ul");
  if (chip && row) row.scrollLeft = chip.offsetLeft - (row.clientWidth - chip.offsetWidth) / 2;
}

function Chip({ href, current, children }: { href: string; current: boolean; children: string }) {
  return (
    <a
      className="chip"
      href={href}
      aria-current={current ? "true" : undefined}
      ref={current ? showInRow : undefined}
    >
      {children}
    </a>
  );
}
