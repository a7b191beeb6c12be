import { Button, day, Empty, find, grouped, Trouble, t, Waiting } from "@omni/ui";
import { useBalance, useEntries, useMe } from "../hooks/wallet";
import { AccountTabs } from "../parts/AccountTabs";
import { LinkCard } from "../parts/LinkCard";

export default function Points() {
  const me = useMe();
  const balance = useBalance();
  const name = [me.data?.family_name, me.data?.given_name].filter(Boolean).join(" ");
  return (
    <section className="sheet">
      <h1>{t("account.title")}</h1>
      <AccountTabs current="points" />
      {(me.data || balance.data) && (
        <p className="lead">{t("account.hello", { name: name || me.data?.email || "" })}</p>
      )}
      {balance.isPending && <Waiting />}
      <Trouble error={balance.error ?? me.error} />
      {balance.data && <Wallet of={balance.data} members={me.data?.member_numbers ?? []} />}
      <LinkCard linked={(me.data?.member_numbers.length ?? 0) > 0} known={me.isSuccess} />
      <Entries />
    </section>
  );
}

interface WalletProps {
  of: NonNullable<ReturnType<typeof useBalance>["data"]>;
  members: string[];
}

function Wallet({ of, members }: WalletProps) {
  return (
    <div className="wallet">
      <p>{t("wallet.balance")}</p>
      <p className="wallet__number">
        {grouped(of.available)}
        <small>pt</small>
      </p>
      <p className="wallet__more">
        {of.pending > 0 && (
          <span>
            {t("wallet.pending")} {t("points.unit", { n: grouped(of.pending) })}
          </span>
        )}
        {of.held > 0 && (
          <span>
            {t("wallet.held")} {t("points.unit", { n: grouped(of.held) })}
          </span>
        )}
        {of.next_expiry && (
          <span>
            {t("wallet.expiry", {
              date: day(of.next_expiry.at),
              n: grouped(of.next_expiry.points),
            })}
          </span>
        )}
        {members.map((number) => (
          <span key={number}>{t("wallet.card", { number })}</span>
        ))}
      </p>
    </div>
  );
}

function Entries() {
  const query = useEntries();
  const entries = query.data?.pages.flatMap((page) => page.results) ?? [];
  if (query.isPending) return null;
  if (query.isSuccess && entries.length === 0) {
    return <Empty title={t("wallet.none")} hint={t("wallet.noneHint")} />;
  }
  return (
    <section className="form__section">
      <h2>{t("wallet.entries")}</h2>
      <Trouble error={query.error} />
      <ul className="rows">
        {entries.map((entry) => (
          <li key={entry.id}>
            <span>
              {find(`wallet.kind.${entry.kind}`) ?? entry.kind}{" "}
              {entry.bucket === "PENDING" && (
                <span className="badge">{t("wallet.bucket.PENDING")}</span>
              )}
              <br />
              <small>{day(entry.occurred_at)}</small>
            </span>
            <span
              className={entry.points < 0 ? "rows__amount rows__amount--minus" : "rows__amount"}
            >
              {entry.points < 0 ? "−" : "+"}
              {grouped(Math.abs(entry.points))}
              <br />
              {entry.balance_after != null && (
                <small>{t("wallet.after", { n: grouped(entry.balance_after) })}</small>
              )}
            </span>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button
          looks={["quiet"]}
          busy={query.isFetchingNextPage}
          onClick={() => query.fetchNextPage()}
        >
          {t("list.more")}
        </Button>
      )}
    </section>
  );
}
