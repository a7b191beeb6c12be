/** Where to go after signing in: only an address of our own. */
export function nextAddress(search: string = location.search): string {
  const wanted = new URLSearchParams(search).get("next") ?? "";
  return /^\/(?![/\\])/.test(wanted) ? wanted : "/account/";
}

/** The same page's other half keeps where to go. */
export function withNext(path: string): string {
  const wanted = new URLSearchParams(location.search).get("next");
  return wanted ? `${path}?${new URLSearchParams({ next: wanted })}` : path;
}
