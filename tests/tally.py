"""Test cases that are not Catch2's: each is one function call that may raise Failure or Skip."""

import os
import sys
import traceback
from typing import Callable


class Failure(Exception):
    """The case failed, for the reason given."""


class Skip(Exception):
    """The case can't run here, for the reason given."""


class Cases:
    """Runs cases, prints each result, and tells tools/test through the file PGCORO_TALLY."""

    def __init__(self) -> None:
        self.program = os.environ.get("PGCORO_PROGRAM", "?")
        self.failed = 0

    def run(self, name: str, case: Callable[[], None]) -> None:
        self._write("started", name)
        why = ""
        try:
            case()
            status = "passed"
        except Skip as reason:
            status, why = "skipped", str(reason)
            print(f"SKIPPED: {name}: {reason}")
        except Failure as reason:
            status = "failed"
            print(f"FAILED: {name}: {reason}")
        except Exception:
            status = "failed"
            print(f"FAILED: {name}: {traceback.format_exc()}")
        self.failed += status == "failed"
        self._write(status, name, why)
        sys.stdout.flush()

    def finish(self) -> None:
        sys.exit(1 if self.failed else 0)

    def _write(self, status: str, name: str, why: str = "") -> None:
        path = os.environ.get("PGCORO_TALLY")
        if path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{self.program}\t{status}\t{name}\t{why}\n")
