"""What pgcoro has set itself: client CPU as a multiple of libpq's."""

import dataclasses

from cells import Cell
from contenders import BASE
from measuring import Results
from ratios import Ratio, figure, paired


@dataclasses.dataclass(frozen=True)
class Goal:
    about: str
    ratio: Ratio | None
    limit: float
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.ratio is None:
            return "not measured"
        reached = (self.ratio.median >= self.limit if self.at_least
                   else self.ratio.median <= self.limit)
        if reached:
            return "reached"
        return f"missed by {abs(self.ratio.median / self.limit - 1):.0%}"

    def row(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        return [self.about, f"{sign} {figure(self.limit)}", str(self.ratio or "–"), self.verdict]


LIMITS = [
    *((Cell(case, 1, True), "pgcoro-view", limit) for case, limit in
      [("A", .25), ("B", .70), ("C", 1.0), ("D", .85), ("J", .30), ("L", .15)]),
    (Cell("J", 1, True), "pgcoro-own", .80),
    (Cell("L", 1, True), "pgcoro-own", .50),
    (Cell("F", 10), "pgcoro-view", .50),
    (Cell("G", 10), "pgcoro-view", .90),
    (Cell("H", 10), "pgcoro-own", .90),
    (Cell("I", 10), "pgcoro-own", .60),
    (Cell("K", 1), "pgcoro-view", .35),
    (Cell("R", 1), "pgcoro-view", .10),
]


def goals(results: Results, cells: list[Cell]) -> list[Goal]:
    found = []
    for cell, contender, limit in LIMITS:
        if cell in cells:
            # What may keep the password is compared with a libpq that can't.
            base = Cell("K", cell.connections) if cell.case == "R" else cell
            ratio = paired(results.series(cell, contender, "cpu"),
                           results.series(base, BASE, "cpu"))
            found.append(Goal(f"{cell}: CPU of {contender} / {BASE}", ratio, limit))
    shared, lone = Cell("M", 1), Cell("G", 1)
    if shared in cells and lone in cells:
        for name, limit, at_least in [("rate", 2, True), ("cpu", .35, False)]:
            ratio = paired(results.series(shared, "pgcoro-view", name),
                           results.series(lone, "pgcoro-view", name))
            found.append(Goal(f"{'rate' if at_least else 'CPU'} of pgcoro-view in {shared} / "
                              f"{lone}", ratio, limit, at_least))
    return found
