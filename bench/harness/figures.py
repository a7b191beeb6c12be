"""The little arithmetic of the report."""

from collections.abc import Iterable, Sequence
from statistics import median


def quantile(ascending: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    return ascending[max(0, -int(-len(ascending) * share // 1) - 1)]


def paired_ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """
    The median of ratios taken round by round.

    Rounds that ran next to one another share the machine's mood; medians of each side alone would not.
    """
    return median(mine / yours for mine, yours in zip(ours, theirs, strict=True))
