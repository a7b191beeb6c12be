import { api, unwrap } from "@omni/api";
import { useEffect, useState } from "react";
import { type Contact, EMPTY } from "../parts/checkout-state";
import { useAddresses, useMe } from "./wallet";

const KEPT = "omni.contact";

/** The buyer's particulars: a member's own where nothing has been typed yet; kept while the tab is. */
export function useContact(signedIn: boolean): [Contact, (changed: Partial<Contact>) => void] {
  const [typed, setTyped] = useState<Partial<Contact>>(
    () => JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<Contact>,
  );
  const known = useKnown(signedIn);
  useEffect(() => sessionStorage.setItem(KEPT, JSON.stringify(typed)), [typed]);
  const change = (changed: Partial<Contact>) => setTyped((before) => ({ ...before, ...changed }));
  return [{ ...EMPTY, ...known, ...typed }, change];
}

export function forgetContact(): void {
  sessionStorage.removeItem(KEPT);
}

function useKnown(signedIn: boolean): Partial<Contact> {
  const me = useMe(signedIn).data;
  const address = useAddresses(signedIn).data?.[0];
  if (!me) return {};
  return {
    email: me.email,
    name: address?.recipient || `${me.family_name} ${me.given_name}`.trim(),
    name_kana: address?.recipient_kana || `${me.family_name_kana} ${me.given_name_kana}`.trim(),
    phone: address?.phone || me.identities.find((one) => one.kind === "PHONE")?.value || "",
    postal_code: address?.postal_code ?? "",
    prefecture: address?.prefecture ?? "",
    city: address?.city ?? "",
    line1: address?.line1 ?? "",
    line2: address?.line2 ?? "",
  };
}

/** The beginning of the address that a Japanese postal code stands for; null where it is unknown. */
export async function findPlace(code: string) {
  const digits = code.normalize("NFKC").replace(/\D/g, "");
  if (digits.length !== 7) return null;
  try {
    return await unwrap(
      api.GET("/api/v1/postal-codes/{code}/", { params: { path: { code: digits } } }),
    );
  } catch {
    // A help, never a bar: the address can be typed.
    return null;
  }
}
