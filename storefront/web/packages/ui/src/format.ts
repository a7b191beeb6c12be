import { currentLanguage } from "./i18n";

const EXPONENTS: Record<string, number> = { JPY: 0, KRW: 0 };
const SYMBOLS: Record<string, string> = { JPY: "¥", USD: "$", EUR: "€", GBP: "£" };

/** `¥2,990`, as Django writes it; amounts come as decimal strings. */
export function money(amount: string | number, currency = "JPY"): string {
  const digits = EXPONENTS[currency] ?? 2;
  const value = Number(amount);
  const text = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${value < 0 ? "−" : ""}${SYMBOLS[currency] ?? `${currency} `}${text}`;
}

/** `1,234`. */
export function grouped(number: number): string {
  return number.toLocaleString("en-US");
}

/** `8%` of `"0.0800"`. */
export function percent(rate: string): string {
  return `${Number((Number(rate) * 100).toFixed(2))}%`;
}

/** A day, as in 2026年11月22日 or 22 November 2026, in Japan's time. */
export function day(moment: string): string {
  return dateFormat({ dateStyle: "long" }).format(new Date(moment));
}

export function dayAndTime(moment: string): string {
  return dateFormat({ dateStyle: "medium", timeStyle: "short" }).format(new Date(moment));
}

/** `18:30` on the same day as now, else `11月24日(火) 18:30`, by the clock of the place. */
export function clockTime(moment: string, timeZone: string, now = new Date()): string {
  const at = new Date(moment);
  const dayOf = dateFormat({ dateStyle: "short", timeZone });
  const time = dateFormat({ hour: "2-digit", minute: "2-digit", timeZone }).format(at);
  if (dayOf.format(at) === dayOf.format(now)) return time;
  const date = dateFormat({ month: "short", day: "numeric", weekday: "short", timeZone });
  return `${date.format(at)} ${time}`;
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = currentLanguage() === "ja" ? "ja-JP" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: "Asia/Tokyo", ...options });
}
