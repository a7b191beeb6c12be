import en from "../messages/en.json" with { type: "json" };
import ja from "../messages/ja.json" with { type: "json" };

export type MessageKey = keyof typeof ja;
type Catalogue = Record<MessageKey, string>;

// The compiler refuses a language that lacks a message.
const CATALOGUES: Record<string, Catalogue> = { ja, en };

let language = "ja";

/** The language of the whole page, chosen by Django; changing it loads the page anew. */
export function setLanguage(code: string): void {
  language = code in CATALOGUES ? code : "ja";
}

export function currentLanguage(): string {
  return language;
}

export type Values = Record<string, string | number>;

/** The message in the page's language, its `{names}` filled in. */
export function t(key: MessageKey, values: Values = {}): string {
  const template = (CATALOGUES[language] ?? ja)[key];
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** The message of a key made at run time, where there is one. */
export function find(key: string, values: Values = {}): string | null {
  return key in ja ? t(key as MessageKey, values) : null;
}

/** What is kept by language, in the page's, or else in Japanese. */
export function inLanguage(text: Readonly<Record<string, string>>): string {
  return text[language] || text.ja || "";
}
