/** A failure as the API tells it (problem+json, RFC 9457): switch on `code`, show `title`. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, title: string, data: Record<string, unknown> = {}) {
    super(`${status} ${code}`);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.title = title;
    this.data = data;
  }

  static of(status: number, body: unknown): Problem {
    const data = isRecord(body) ? body : {};
    const code = typeof data.code === "string" ? data.code : "unknown";
    const title = typeof data.title === "string" ? data.title : "";
    return new Problem(status, code, title, data);
  }

  /** No answer at all: nobody knows whether the request took effect. */
  static network(): Problem {
    return new Problem(0, "network", "");
  }

  /** Whether the same request may succeed in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 503 || this.code === "idempotency-key-in-use";
  }

  /** What is wrong with the request's shape, sentence by sentence, in the reader's language. */
  get details(): string[] {
    return this.code === "invalid" ? [...sentences(this.data.errors)] : [];
  }
}

function* sentences(errors: unknown): Generator<string> {
  if (typeof errors === "string") yield errors;
  else if (Array.isArray(errors)) for (const each of errors) yield* sentences(each);
  else if (isRecord(errors)) for (const each of Object.values(errors)) yield* sentences(each);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
