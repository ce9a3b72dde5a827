"""One benchmark's result: the ratio of ours to a limit or peer, measured in turns in the same run."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class BenchResult:
    """`ratio` is the median of `runs` paired ratios, with `low` and `high`; `growth_10x` the cost at ten times."""

    name: str
    what: str
    ratio: float
    low: float
    high: float
    runs: int
    bound: float
    better: Literal["lower", "higher"]
    growth_10x: float | None = None

    @property
    def ok(self) -> bool:
        return self.ratio <= self.bound if self.better == "lower" else self.ratio >= self.bound

    def as_row(self) -> dict[str, object]:
        return asdict(self) | {"ok": self.ok}


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired_ratios(ours: Callable[[], float], limit: Callable[[], float], runs: int) -> list[float]:
    """Ours over the limit, both in seconds, in turns, so that a drifting machine slows both. One warm-up each."""
    ours()
    limit()
    return [ours() / limit() for _ in range(runs)]


def result(
    name: str,
    what: str,
    ratios: list[float],
    *,
    bound: float,
    better: Literal["lower", "higher"],
    growth_10x: float | None = None,
) -> BenchResult:
    """The median ratio with its extremes."""
    return BenchResult(name, what, median(ratios), min(ratios), max(ratios), len(ratios), bound, better, growth_10x)
