"""Paired ratios: both figures of a ratio come from the same round."""

import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Ratio:
    """The median of paired ratios, and the interval in which the true median lies with `coverage`:
    order statistics, as the sign test has them. They need no assumption on how the noise looks."""

    median: float
    low: float
    high: float
    coverage: float
    rounds: int

    def __str__(self) -> str:
        return f"{figure(self.median)} ({figure(self.low)}–{figure(self.high)})"


def figure(value: float) -> str:
    """Two significant digits, as in .83 and 1.4."""
    if value >= 9.95:
        return f"{value:.0f}"
    if value >= 0.995:
        return f"{value:.1f}" if value >= 2 else f"{value:.2f}"
    return f"{value:.2f}".lstrip("0") if value >= 0.0995 else f"{value:.3f}".lstrip("0")


def coverage_of(rounds: int, rank: int) -> float:
    """How sure it is that the median lies between the rank-th smallest and rank-th largest."""
    outside = sum(math.comb(rounds, i) for i in range(rank)) / 2 ** rounds
    return 1 - 2 * outside


def summarise(ratios: list[float], wanted: float = 0.95) -> Ratio | None:
    if not ratios:
        return None
    values = sorted(ratios)
    rank = 1
    while rank * 2 < len(values) and coverage_of(len(values), rank + 1) >= wanted:
        rank += 1
    return Ratio(statistics.median(values), values[rank - 1], values[-rank],
                 coverage_of(len(values), rank), len(values))


def paired(upper: dict[int, float], lower: dict[int, float]) -> Ratio | None:
    """Of two figures by round."""
    return summarise([upper[r] / lower[r] for r in upper if lower.get(r)])
