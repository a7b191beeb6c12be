import type { Link, StockState } from "@omni/api";
import { Announce, Button, grouped, type MessageKey, Select, Stock, t } from "@omni/ui";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type Place, useChosenShop, useGeolocation, useNearby } from "../hooks/nearby";
import type { Shop } from "../shell";
import { describeShop } from "./shop-hours";

const SHOWN = 5;
const STATES: Record<Link, MessageKey> = {
  connecting: "live.connecting",
  live: "live.live",
  polling: "live.polling",
  reconnecting: "live.reconnecting",
  offline: "live.offline",
};

interface LiveStockProps {
  sku: string;
  online: number;
  state: StockState | undefined;
  shops: Shop[];
  link: Link;
}

/** What there is right now, online and at the shops near the shopper. */
export function LiveStock({ sku, online, state, shops, link }: LiveStockProps) {
  const [postalCode, setPostalCode] = useState<Place | null>(null);
  const geolocation = useGeolocation();
  const nearby = useNearby(sku, postalCode ?? geolocation.place);
  const [mine, choose] = useChosenShop();
  const [all, showAll] = useState(false);
  const sorted = sortShops(shops, state, nearby.data?.distances, mine);
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  return (
    <section className="live" aria-labelledby="live-title">
      <h2 id="live-title">{t("live.title")}</h2>
      <p className={stateClass(link)} role="status">
        {t(STATES[link])}
      </p>
      <dl className="live__rows">
        <Row key={sku} name={t("live.online")} units={online} online />
        {shown.map((shop) => (
          <Row
            key={`${sku} ${shop.code}`}
            name={shop.name}
            units={state?.locations[shop.code] ?? 0}
            distance={nearby.data?.distances.get(shop.code)}
            estimated={nearby.data?.estimated}
            note={describeShop(shop, state)}
            mine={shop.code === mine}
          />
        ))}
      </dl>
      {shops.length > SHOWN && !all && (
        <button type="button" className="link-button" onClick={() => showAll(true)}>
          {t("live.allShops")}
        </button>
      )}
      <Finder
        shops={shops}
        mine={mine}
        locating={geolocation.state === "locating"}
        trouble={trouble(
          geolocation.state === "denied",
          nearby.isError || nearby.data?.distances.size === 0,
        )}
        onLocate={() => {
          setPostalCode(null);
          geolocation.locate();
        }}
        onPostalCode={(code) => setPostalCode({ postal_code: code })}
        onChoose={choose}
      />
    </section>
  );
}

function stateClass(link: Link): string {
  if (link === "live") return "live__state live__state--live";
  const lost = link === "offline" || link === "reconnecting";
  return lost ? "live__state live__state--offline" : "live__state";
}

function trouble(denied: boolean, unknown: boolean): MessageKey | null {
  if (unknown) return "live.unknownPlace";
  return denied ? "live.denied" : null;
}

/** The shopper's own shop, then the nearest, then those that have it. */
function sortShops(
  shops: Shop[],
  state: StockState | undefined,
  distances: Map<string, number> | undefined,
  mine: string,
): Shop[] {
  const rank = (shop: Shop): [number, number, number] => [
    shop.code === mine ? 0 : 1,
    distances?.get(shop.code) ?? Number.MAX_SAFE_INTEGER,
    state?.locations[shop.code] ? 0 : 1,
  ];
  const compare = (one: Shop, other: Shop) => {
    const [a, b] = [rank(one), rank(other)];
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  };
  return [...shops].sort(compare);
}

interface RowProps {
  name: string;
  units: number;
  distance?: number | undefined;
  estimated?: boolean | undefined;
  note?: string;
  mine?: boolean;
  online?: boolean;
}

function Row({ name, units, distance, estimated, note, mine = false, online = false }: RowProps) {
  const changes = useChanges(units);
  const look = [online && "live__row--online", mine && "live__row--mine"].filter(Boolean).join(" ");
  return (
    <div className={look ? `live__row ${look}` : "live__row"}>
      <dt>
        {name}
        {distance !== undefined && <small>{howFar(distance, estimated)}</small>}
        {note && <span className="live__note">{note}</span>}
      </dt>
      <dd>
        <Stock available={units} />
        <strong
          key={changes}
          className={changes ? "live__number live__number--changed" : "live__number"}
        >
          {t("stock.units", { n: units })}
        </strong>
        {changes > 0 && <Announce>{t("live.changed", { place: name, n: units })}</Announce>}
      </dd>
    </div>
  );
}

/** How often the number has changed before the reader's eyes. */
function useChanges(units: number): number {
  const [changes, setChanges] = useState(0);
  const last = useRef(units);
  useEffect(() => {
    if (last.current === units) return;
    last.current = units;
    setChanges((count) => count + 1);
  }, [units]);
  return changes;
}

/** Measured from a postal code a distance is a guess, and says so. */
function howFar(metres: number, estimated = false): string {
  if (!estimated) return kilometres(metres);
  return metres < 1000 ? t("live.within") : t("live.about", { distance: kilometres(metres) });
}

function kilometres(metres: number): string {
  if (metres < 1000) return t("live.metres", { n: metres });
  return t("live.kilometres", {
    n: metres < 10_000 ? (metres / 1000).toFixed(1) : grouped(Math.round(metres / 1000)),
  });
}

interface FinderProps {
  shops: Shop[];
  mine: string;
  locating: boolean;
  trouble: MessageKey | null;
  onLocate: () => void;
  onPostalCode: (code: string) => void;
  onChoose: (code: string) => void;
}

function Finder({ shops, mine, locating, trouble, onLocate, onPostalCode, onChoose }: FinderProps) {
  if (shops.length === 0) return null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("postal") ?? "")
      .normalize("NFKC")
      .trim();
    if (code) onPostalCode(code);
  };
  return (
    <div className="live__find">
      <Button looks={["quiet", "small"]} busy={locating} onClick={onLocate}>
        {t(locating ? "live.locating" : "live.near")}
      </Button>
      <form className="live__postal" onSubmit={submit}>
        <div className="field">
          <label className="field__label" htmlFor="live-postal">
            {t("live.postalCode")}
          </label>
          <input
            className="input"
            id="live-postal"
            name="postal"
            inputMode="numeric"
            autoComplete="postal-code"
            placeholder={t("live.postalCodeHint")}
            maxLength={16}
          />
        </div>
        <Button looks={["quiet"]} type="submit">
          {t("live.find")}
        </Button>
      </form>
      {trouble && (
        <p className="field__error" role="alert">
          {t(trouble)}
        </p>
      )}
      <Select
        label={t("live.mine")}
        value={mine}
        onChange={(event) => onChoose(event.target.value)}
      >
        <option value="">{t("live.choose")}</option>
        {shops.map((shop) => (
          <option key={shop.code} value={shop.code}>
            {shop.name}
          </option>
        ))}
      </Select>
    </div>
  );
}
