export interface MenuEntry {
  code: string;
  name: string;
  current: boolean;
  depth?: number;
}

export interface Menus {
  title: string;
  categories: MenuEntry[];
  brands: MenuEntry[];
}

/** What a list is asked for. */
export interface Asked {
  q: string;
  brand: string;
  category: string;
}

/** The list's address with what is asked for; from its first page. */
export function listAddress(asked: Asked, changed: Partial<Asked> = {}): string {
  const wanted = { q: asked.q, category: asked.category, brand: asked.brand, ...changed };
  const said = Object.entries(wanted).filter(([, value]) => value);
  const query = new URLSearchParams(said).toString();
  return query ? `/?${query}` : "/";
}

/** The cursor that a `next` link of the API carries. */
export function cursorOf(next: string | null): string | null {
  return next ? new URL(next, location.origin).searchParams.get("cursor") : null;
}
