"""What is measured: the cases, and the cells of the table that they become."""

import dataclasses

TITLES = {
    "A": "pg_type: 625 rows of 12 columns, two arguments",
    "B": "1,000 ints of generate_series",
    "C": "100 rows of 1 kB bytea",
    "D": "100 rows of int[100]",
    "E": "COPY in: 10,000 rows of 7 columns",
    "F": "batch insert: 1,000 rows of 7 columns",
    "G": "SELECT 1 + $1",
    "H": "one row by primary key",
    "I": "twenty lookups in one round trip",
    "J": "10,000 rows of 8 typed columns",
    "K": "connect with SCRAM, one query, close",
    "L": "100,000 rows of 4 columns",
    "M": "100 callers share one connection: SELECT 1 + $1",
    "N": "100 callers share ten connections: SELECT 1 + $1",
    "O": "100 callers take turns on ten connections: SELECT 1 + $1",
    "R": "K where the hashed password may be kept",
}
ROW_CASES = "ABCDJL"
CALL_CASES = "GHI"
LOGIN_CASES = "KR"
FILLING_CASES = "EF"
MANY_QUESTIONS = "HI"


@dataclasses.dataclass(frozen=True)
class Cell:
    case: str
    connections: int
    replay: bool = False

    def __str__(self) -> str:
        return f"{self.case} {'replay' if self.replay else 'server'} ×{self.connections}"


def whole() -> list[Cell]:
    replayed = [Cell(case, n, True) for case in ROW_CASES + CALL_CASES for n in (1, 10)]
    replayed += [Cell("M", 1, True), Cell("N", 10, True), Cell("O", 10, True)]
    served = [Cell(case, n) for case in "ABCDEFGHIJKLR" for n in (1, 10)]
    return replayed + served + [Cell("M", 1), Cell("N", 10), Cell("O", 10)]


def quick() -> list[Cell]:
    cells = [Cell(case, 1, True) for case in ROW_CASES]
    cells += [Cell(case, 10) for case in "EFGHI"]
    return cells + [Cell("G", 1), Cell("K", 1), Cell("R", 1), Cell("M", 1), Cell("N", 10),
                    Cell("O", 10)]
