import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Link, type StockState, StockStream } from "./stock-stream";

/** A browser's EventSource whose events the test sends. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  send(state: StockState) {
    this.dispatchEvent(new MessageEvent("stock", { data: JSON.stringify(state) }));
  }
}

const page = { onLine: true };
const poll = vi.fn(async () => {});
let states: StockState[];
let links: Link[];
let window: EventTarget;

beforeEach(() => {
  vi.useFakeTimers();
  Source.all = [];
  [states, links, window] = [[], [], new EventTarget()];
  page.onLine = true;
  poll.mockClear();
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("navigator", page);
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  vi.stubGlobal("removeEventListener", window.removeEventListener.bind(window));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open(url = "http://stream") {
  return new StockStream({
    url,
    skus: ["A", "B"],
    onState: (state) => states.push(state),
    onLink: (link) => links.push(link),
    poll,
  });
}

function state(at: string, units: number): StockState {
  return { sku: "A", at, channels: { ec: units }, locations: {} };
}

describe("the stock stream", () => {
  it("asks for every sku and passes on what comes", () => {
    open();
    Source.all[0]?.dispatchEvent(new Event("open"));
    Source.all[0]?.send(state("2026-11-22T03:00:00", 5));

    expect(Source.all[0]?.url).toBe("http://stream/stream/stock?sku=A&sku=B");
    expect(states).toEqual([state("2026-11-22T03:00:00", 5)]);
    expect(links).toEqual(["live"]);
  });

  it("drops what is older than what it has seen", () => {
    open();
    Source.all[0]?.send(state("2026-11-22T03:00:02", 4));
    Source.all[0]?.send(state("2026-11-22T03:00:01", 5));

    expect(states.map((seen) => seen.channels.ec)).toEqual([4]);
  });

  it("polls after three failures, and tries the stream again later", async () => {
    open();
    for (let failure = 0; failure < 3; failure++) Source.all[0]?.dispatchEvent(new Event("error"));
    await vi.advanceTimersByTimeAsync(10_000);

    expect(links).toEqual(["reconnecting", "reconnecting", "polling", "polling", "polling"]);
    expect(poll).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(Source.all).toHaveLength(2);
  });

  it("only polls where there is no stream", async () => {
    const stream = open("");
    await vi.advanceTimersByTimeAsync(60_000);
    stream.close();

    expect(Source.all).toHaveLength(0);
    expect(poll).toHaveBeenCalledTimes(13);
  });

  it("says that it is offline, and connects anew when that is over", () => {
    open();
    page.onLine = false;
    window.dispatchEvent(new Event("offline"));
    page.onLine = true;
    window.dispatchEvent(new Event("online"));

    expect(links).toEqual(["offline", "connecting"]);
    expect(Source.all).toHaveLength(2);
  });

  it("is silent once it is closed", async () => {
    open().close();
    window.dispatchEvent(new Event("offline"));
    await vi.advanceTimersByTimeAsync(60_000);

    expect(links).toEqual([]);
    expect(Source.all[0]?.readyState).toBe(Source.CLOSED);
  });
});
