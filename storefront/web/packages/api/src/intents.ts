/**
 * A key for one intent of a person, to be sent with every try of it: the second click, the retry
 * after a lost answer, all take effect once.
 */
export function intentKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
