/** A SKU's stock at one moment: what each channel may sell, and what each shop has. */
export interface StockState {
  sku: string;
  at: string;
  channels: Readonly<Record<string, number>>;
  locations: Readonly<Record<string, number>>;
  /** Shops that take no online orders for now, and until when. */
  paused?: Readonly<Record<string, string>>;
}

export type Link = "connecting" | "live" | "polling" | "reconnecting" | "offline";

interface Options {
  /** Where the stream is; empty where the platform runs none. */
  url: string;
  skus: readonly string[];
  onState: (state: StockState) => void;
  onLink: (link: Link) => void;
  /** Asks for the numbers once; used while there is no stream. */
  poll: () => Promise<void>;
}

const FAILURES_BEFORE_POLLING = 3;
const POLL_EVERY = 5_000;
const RETRY_EVERY = 30_000;

/**
 * Live stock: server-sent events, and polling where they can't be had.
 *
 * Every event is a whole state, so nothing that matters is missed by reconnecting. What is older
 * than what was last seen of a SKU is dropped.
 */
export class StockStream {
  private readonly options: Options;
  private readonly seen = new Map<string, string>();
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private closed = false;

  constructor(options: Options) {
    this.options = options;
    addEventListener("online", this.reconnect);
    addEventListener("offline", this.lose);
    this.connect();
  }

  close(): void {
    this.closed = true;
    this.stop();
    removeEventListener("online", this.reconnect);
    removeEventListener("offline", this.lose);
  }

  private connect(): void {
    if (!this.options.url) {
      this.pollFrom(Number.POSITIVE_INFINITY);
      return;
    }
    const query = new URLSearchParams(this.options.skus.map((sku) => ["sku", sku]));
    const source = new EventSource(`${this.options.url}/stream/stock?${query}`);
    this.source = source;
    source.addEventListener("stock", (event) => this.receive(JSON.parse(event.data)));
    source.addEventListener("open", () => {
      this.failures = 0;
      this.options.onLink("live");
    });
    source.addEventListener("error", () => this.fail());
  }

  private receive(state: StockState): void {
    const last = this.seen.get(state.sku);
    if (last !== undefined && state.at < last) return;
    this.seen.set(state.sku, state.at);
    this.options.onState(state);
  }

  private fail(): void {
    this.failures += 1;
    if (!navigator.onLine) this.lose();
    else if (this.failures >= FAILURES_BEFORE_POLLING) this.pollFrom(Date.now());
    else this.retry();
  }

  private retry(): void {
    this.options.onLink("reconnecting");
    // A browser retries by itself unless the answer was no stream at all.
    if (this.source?.readyState === EventSource.CLOSED) {
      this.timer = setTimeout(this.reconnect, 1_000 * this.failures);
    }
  }

  private pollFrom(start: number): void {
    this.stop();
    const again = async () => {
      const answered = await this.options.poll().then(
        () => true,
        () => false,
      );
      if (this.closed || !navigator.onLine) return;
      this.options.onLink(answered ? "polling" : "reconnecting");
      if (Date.now() - start > RETRY_EVERY) return this.reconnect();
      this.timer = setTimeout(again, POLL_EVERY);
    };
    void again();
  }

  private readonly reconnect = (): void => {
    this.stop();
    this.options.onLink("connecting");
    this.connect();
  };

  private readonly lose = (): void => {
    this.stop();
    this.options.onLink("offline");
  };

  private stop(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}
