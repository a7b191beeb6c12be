/** Accounts: allauth's headless API for browsers (the session is a cookie). */
import { csrfToken } from "./csrf";
import { Problem } from "./problems";

const ROOT = "/_allauth/browser/v1";

interface Answer {
  status: number;
  data?: { flows?: { id: string; is_pending?: boolean }[] };
  errors?: { code: string; message: string }[];
}

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  let response: Response;
  try {
    response = await fetch(`${ROOT}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw Problem.network();
  }
  const answer: Answer = await response.json().catch(() => ({ status: response.status }));
  const first = answer.errors?.[0];
  if (first) {
    throw new Problem(response.status, first.code, first.message);
  }
  return answer;
}

/** What still stands between the person and the session: nothing, or a step such as `verify_email`. */
function pending(answer: Answer): string | null {
  return answer.data?.flows?.find((flow) => flow.is_pending)?.id ?? null;
}

function settled(answer: Answer): string | null {
  if (answer.status < 400) return null;
  const step = pending(answer);
  if (step) return step;
  throw new Problem(answer.status, "unknown", "");
}

export async function signIn(email: string, password: string): Promise<string | null> {
  return settled(await ask("POST", "/auth/login", { email, password }));
}

export async function signUp(email: string, password: string): Promise<string | null> {
  return settled(await ask("POST", "/auth/signup", { email, password }));
}

export async function signOut(): Promise<void> {
  // 401 is allauth's way to say that nobody is signed in any more.
  await ask("DELETE", "/auth/session");
}

export async function requestPasswordReset(email: string): Promise<void> {
  await ask("POST", "/auth/password/request", { email });
}

export async function resetPassword(key: string, password: string): Promise<void> {
  await ask("POST", "/auth/password/reset", { key, password });
}

export async function verifyEmail(key: string): Promise<void> {
  await ask("POST", "/auth/email/verify", { key });
}
