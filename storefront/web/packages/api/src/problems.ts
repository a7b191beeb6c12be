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

  /** What is wrong with each field, where the request's shape was. */
  get fields(): Record<string, string> {
    const errors = this.data.errors;
    if (!isRecord(errors)) return {};
    return Object.fromEntries(flatten(errors));
  }
}

function* flatten(errors: Record<string, unknown>, prefix = ""): Generator<[string, string]> {
  for (const [name, value] of Object.entries(errors)) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (Array.isArray(value)) yield [path, value.map(String).join(" ")];
    else if (isRecord(value)) yield* flatten(value, path);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
