import { grouped } from "./format";
import { find, t } from "./i18n";

/** What of a failure is told to people; `Problem` of `@omni/api` is one. */
interface Failure {
  code: string;
  title: string;
  data: Readonly<Record<string, unknown>>;
  details?: string[];
}

interface Shortage {
  sku: string;
  available: number;
}

/**
 * A failure in the reader's words: ours for what we know by its code, else the platform's own
 * sentence, which comes in the reader's language too.
 */
export function explain(error: unknown, nameOf: (sku: string) => string = (sku) => sku): string {
  if (!isFailure(error)) return t("error.unknown");
  if (error.code === "insufficient-stock") return shortage(error, nameOf);
  const values = Object.fromEntries(
    Object.entries(error.data).filter(([, value]) => typeof value === "number"),
  ) as Record<string, number>;
  const shown = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, grouped(value)]),
  );
  const sentence = find(`error.${error.code}`, shown) || error.title || t("error.unknown");
  return [sentence, ...new Set(error.details ?? [])].join(" ");
}

function shortage(error: Failure, nameOf: (sku: string) => string): string {
  const shortages = (error.data.shortages ?? []) as Shortage[];
  const lines = shortages.map(({ sku, available }) =>
    t("error.insufficient-stock-line", { name: nameOf(sku), n: Math.max(0, available) }),
  );
  return [t("error.insufficient-stock"), ...lines].join(" ");
}

function isFailure(error: unknown): error is Failure {
  return error instanceof Error && "code" in error && "title" in error && "data" in error;
}
