"""What a movement of stock was worth, and whose units moved: the rules, without the database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from inventory.models import CostMethod, LeavesFirst
from inventory.services.costing import ZERO, Pool

# What left before and is on the books again: at the cost, and of the owner, with which it left. A
# TRANSFER_OUT is, where units of a transfer are put back on the books that they left.
COMES_BACK = ("RETURN", "TRANSFER_IN", "TRANSFER_OUT")
Place = tuple[int, int]
Paper = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the stock ledger that moves what is on hand; `recorded_at` as text, to be passed on."""

    id: int
    recorded_at: str
    business_date: date
    variant_id: int
    location_id: int
    company_id: int
    document_id: int
    kind: str
    delta: int


@dataclass(slots=True)
class Part:
    """Units of one owner that left, and what they were worth: what may come back."""

    owner_id: int
    quantity: int
    amount: Decimal
    unit_cost: Decimal

    def give(self, units: int, pool: Pool) -> "Part":
        """Split off units with their share of the worth; the last of them take what is left."""
        amount = self.amount if units == self.quantity else pool.rounded(self.amount * units / self.quantity)
        self.quantity -= units
        self.amount -= amount
        return Part(self.owner_id, units, amount, self.unit_cost)


@dataclass(frozen=True, slots=True)
class Rules:
    """A company's policy as it holds for an entry."""

    method: str = CostMethod.MOVING_AVERAGE
    leaves_first: str = LeavesFirst.OWN
    currency: str = "JPY"


@dataclass(frozen=True, slots=True)
class Worth:
    """What a unit costs and whose it is; `assumed` where no document of its own says so."""

    owner_id: int
    unit_cost: Decimal
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the valuation ledger to be written."""

    entry: Entry
    part: int
    kind: str
    owner_id: int
    quantity: int
    unit_cost: Decimal
    amount: Decimal
    currency: str
    running_quantity: int
    running_value: Decimal
    assumed: bool
    origin_id: int | None


@dataclass(slots=True)
class Books:
    """
    Everything that valuing a batch of entries reads and changes; loaded and stored as sets.

    `costs` and `terms` hold what documents and agreements say, `left` what left by a document and
    has not come back, `origins` the documents by which it left that now comes back.
    """

    own_id: int
    pools: dict[tuple[int, int, int], Pool] = field(default_factory=dict)
    owned: dict[Place, dict[int, int]] = field(default_factory=dict)
    costs: dict[Paper, Worth] = field(default_factory=dict)
    terms: dict[tuple[int, int], list[tuple[date, Worth]]] = field(default_factory=dict)
    origins: dict[Paper, list[int]] = field(default_factory=dict)
    left: dict[Paper, list[Part]] = field(default_factory=dict)
    policies: dict[int, list[tuple[date, Rules]]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    _part: int = 0

    def value(self, entry: Entry) -> None:
        """Value one entry: a row for each owner whose units moved, and what follows from it."""
        self._part = 0
        if entry.delta < 0:
            self._leave(entry)
        elif entry.kind in COMES_BACK:
            self._come_back(entry)
        else:
            self._arrive(entry)

    def rules(self, company_id: int, on: date) -> Rules:
        found = Rules()
        for valid_from, rules in self.policies.get(company_id, ()):
            if valid_from <= on:
                found = rules
        return found

    def pool(self, entry: Entry, owner_id: int) -> Pool:
        key = (entry.company_id, entry.variant_id, owner_id)
        if key not in self.pools:
            currency = self.rules(entry.company_id, entry.business_date).currency
            self.pools[key] = Pool(currency=currency, unit_cost=self._first_cost(entry, owner_id))
        return self.pools[key]

    def _first_cost(self, entry: Entry, owner_id: int) -> Decimal:
        term = self._term(entry)
        return term.unit_cost if term and term.owner_id == owner_id else ZERO

    def _term(self, entry: Entry) -> Worth | None:
        found = None
        for valid_from, worth in self.terms.get((entry.company_id, entry.variant_id), ()):
            if valid_from <= entry.business_date:
                found = worth
        return found

    def _usual_owner(self, entry: Entry) -> int:
        term = self._term(entry)
        return term.owner_id if term else self.own_id

    # What leaves.

    def _leave(self, entry: Entry) -> None:
        for owner_id, units in self._chosen(entry):
            part = self._take(entry, owner_id, units)
            if entry.kind in ("SALE", "TRANSFER_OUT"):
                self.left.setdefault((entry.document_id, entry.variant_id), []).append(part)

    def _chosen(self, entry: Entry) -> Iterator[tuple[int, int]]:
        """Whose units leave: by the company's rule, and below zero the article's usual owner's."""
        wanted = -entry.delta
        here = self.owned.setdefault((entry.variant_id, entry.location_id), {})
        if len(here) == 1:
            [(owner_id, held)] = here.items()
            if held >= wanted:
                yield owner_id, wanted
                return
        own_last = self.rules(entry.company_id, entry.business_date).leaves_first == LeavesFirst.SUPPLIERS
        order = sorted(here, key=lambda owner: ((owner == self.own_id) == own_last, owner))
        taken: dict[int, int] = {}
        for owner_id in order:
            if units := min(wanted, max(0, here[owner_id])):
                taken[owner_id] = units
                wanted -= units
        if wanted:
            usual = self._usual_owner(entry)
            taken[usual] = taken.get(usual, 0) + wanted
        yield from taken.items()

    def _take(self, entry: Entry, owner_id: int, units: int) -> Part:
        pool = self.pool(entry, owner_id)
        if owner_id == self.own_id:
            worth = pool.take(units)
            unit_cost = worth / units
        else:
            worth = self._take_suppliers(entry, pool, owner_id, units)
            unit_cost = pool.unit_cost
        self._write(entry, entry.kind, owner_id, -units, unit_cost, -worth)
        return Part(owner_id, units, worth, unit_cost)

    def _take_suppliers(self, entry: Entry, pool: Pool, owner_id: int, units: int) -> Decimal:
        """A supplier's goods are worth nothing to us until they are sold, when we buy them."""
        worth = pool.cost_of(units) if entry.kind == "SALE" else ZERO
        if worth:
            pool.value += worth
            self._write(entry, "PURCHASE", owner_id, 0, pool.unit_cost, worth)
            pool.value -= worth
        pool.quantity -= units
        return worth

    # What comes in.

    def _arrive(self, entry: Entry) -> None:
        worth = self._worth(entry)
        if worth.owner_id == self.own_id:
            amount = self.pool(entry, self.own_id).cost_of(entry.delta, worth.unit_cost)
            self._put(
                entry, entry.kind, entry.delta, amount, unit_cost=worth.unit_cost, assumed=worth.assumed
            )
            return
        pool = self.pool(entry, worth.owner_id)
        pool.quantity += entry.delta
        pool.unit_cost = worth.unit_cost
        self._write(
            entry, entry.kind, worth.owner_id, entry.delta, worth.unit_cost, ZERO, assumed=worth.assumed
        )
        self._cover(entry, pool, worth)

    def _worth(self, entry: Entry) -> Worth:
        """By the document, else by the term of supply, else what was last known."""
        if told := self.costs.get((entry.document_id, entry.variant_id)):
            return told
        term = self._term(entry)
        if term and (entry.kind == "RECEIPT" or term.owner_id != self.own_id):
            return Worth(term.owner_id, term.unit_cost, assumed=True)
        return Worth(self.own_id, self.pool(entry, self.own_id).unit_cost, assumed=True)

    def _cover(self, entry: Entry, pool: Pool, worth: Worth) -> None:
        """Our own units that were sold below zero turn out to have been the supplier's: we buy those."""
        below = -self.owned[entry.variant_id, entry.location_id].get(self.own_id, 0)
        units = min(entry.delta, below)
        if units <= 0:
            return
        amount = pool.cost_of(units)
        pool.value += amount
        self._write(entry, "PURCHASE", worth.owner_id, 0, worth.unit_cost, amount)
        pool.quantity -= units
        pool.value -= amount
        self._write(entry, "OWNER_CHANGE", worth.owner_id, -units, worth.unit_cost, -amount)
        self._put(entry, "OWNER_CHANGE", units, amount, unit_cost=worth.unit_cost)

    def _put(
        self,
        entry: Entry,
        kind: str,
        units: int,
        amount: Decimal,
        *,
        unit_cost: Decimal,
        assumed: bool = False,
        origin_id: int | None = None,
    ) -> None:
        """Units of our own come in; what had gone below zero at a guess is corrected in its own row."""
        pool = self.pool(entry, self.own_id)
        correction = pool.put(units, amount)
        self._write(entry, kind, self.own_id, units, unit_cost, amount, assumed=assumed, origin_id=origin_id)
        if correction:
            pool.correct(correction)
            self._write(entry, "CORRECTION", self.own_id, 0, ZERO, correction)

    def _come_back(self, entry: Entry) -> None:
        """At the cost at which it left, to whom it left from; what left nowhere, at what is known."""
        wanted = entry.delta
        for origin_id in self.origins.get((entry.document_id, entry.variant_id), [entry.document_id]):
            for part in self.left.get((origin_id, entry.variant_id), ()):
                if units := min(wanted, part.quantity):
                    self._take_back(entry, origin_id, part.give(units, self.pool(entry, part.owner_id)))
                    wanted -= units
        if wanted:
            worth = self._worth(entry)
            pool = self.pool(entry, worth.owner_id)
            amount = ZERO
            if worth.owner_id == self.own_id or entry.kind == "RETURN":
                amount = pool.cost_of(wanted, worth.unit_cost)
            self._take_back(entry, None, Part(worth.owner_id, wanted, amount, worth.unit_cost))

    def _take_back(self, entry: Entry, origin_id: int | None, part: Part) -> None:
        if part.owner_id == self.own_id:
            self._put(
                entry,
                entry.kind,
                part.quantity,
                part.amount,
                unit_cost=part.amount / part.quantity,
                assumed=origin_id is None,
                origin_id=origin_id,
            )
            return
        pool = self.pool(entry, part.owner_id)
        pool.quantity += part.quantity
        pool.value += part.amount
        pool.unit_cost = pool.unit_cost or part.unit_cost
        self._write(
            entry,
            entry.kind,
            part.owner_id,
            part.quantity,
            part.unit_cost,
            part.amount,
            assumed=origin_id is None,
            origin_id=origin_id,
        )
        if part.amount:
            pool.value -= part.amount
            self._write(entry, "PURCHASE", part.owner_id, 0, pool.unit_cost, -part.amount)

    def _write(
        self,
        entry: Entry,
        kind: str,
        owner_id: int,
        quantity: int,
        unit_cost: Decimal,
        amount: Decimal,
        *,
        assumed: bool = False,
        origin_id: int | None = None,
    ) -> None:
        """A row, with the pool as it stands after it; the owner's units at the place move with it."""
        pool = self.pool(entry, owner_id)
        here = self.owned.setdefault((entry.variant_id, entry.location_id), {})
        here[owner_id] = here.get(owner_id, 0) + quantity
        self.rows.append(
            Row(
                entry=entry,
                part=self._part,
                kind=kind,
                owner_id=owner_id,
                quantity=quantity,
                unit_cost=unit_cost,
                amount=amount,
                currency=pool.currency,
                running_quantity=pool.quantity,
                running_value=pool.value,
                assumed=assumed,
                origin_id=origin_id,
            )
        )
        self._part += 1
