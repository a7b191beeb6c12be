import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "../dist/schema";
import { csrfToken } from "./csrf";
import { Problem } from "./problems";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

const csrf: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method)) request.headers.set("X-CSRFToken", csrfToken());
    return request;
  },
};

/** The platform's REST API, typed from its OpenAPI description. */
export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(csrf);

interface Outcome<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** What the API answered, or a thrown `Problem`. */
export async function unwrap<Data>(call: Promise<Outcome<Data>>): Promise<NonNullable<Data>> {
  let outcome: Outcome<Data>;
  try {
    outcome = await call;
  } catch {
    throw Problem.network();
  }
  if (!outcome.response.ok) throw Problem.of(outcome.response.status, outcome.error);
  return outcome.data as NonNullable<Data>;
}
