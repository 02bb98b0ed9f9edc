"""The programs that take part: one for each source or script of a contender's folder."""

import dataclasses
import json
import os
import pathlib
import subprocess

from cells import LOGIN_CASES, Cell

BENCH = pathlib.Path(__file__).resolve().parent.parent
NOT_CONTENDERS = {"common", "compile", "http", "micro", "pool", "replay", "run", "server"}
ORDER = ["floor", "floor-asio", "hand-view", "hand-own", "libpq", "libpq-epoll", "asyncpg"]
LIMITS = {"floor", "floor-asio", "hand-view", "hand-own"} # what nobody could use
BASE = "libpq"


CORES = sorted(os.sched_getaffinity(0))


def use_server_core() -> None:
    """The server that replays and its client get a core each. Whether they share one by chance
    decides otherwise what a run costs, many times over. A PostgreSQL and its clients stay where
    the system puts them: a query that waits for its answer is cheapest on one core, rows on two."""
    if len(CORES) > 1:
        os.sched_setaffinity(0, {CORES[0]})


def use_client_core() -> None:
    if len(CORES) > 1:
        os.sched_setaffinity(0, {CORES[-1]})


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    program: pathlib.Path

    @property
    def real(self) -> bool:
        return self.name not in LIMITS

    @property
    def ours(self) -> bool:
        return self.name.startswith("pgcoro")

    def run(self, cell: Cell, seconds: float, replay: str) -> dict:
        """What its JSON line says; {"skip": why} where it can't run."""
        if not self.program.exists():
            return {"skip": "not built: its library is not installed"}
        environment = dict(os.environ)
        if cell.replay:
            environment |= {"PGHOST": replay, "PGPORT": "5432"}
        if cell.case in LOGIN_CASES:
            environment |= {"PGUSER": "bench_scram", "PGPASSWORD": "a password that is hashed"}
        command = [str(self.program), cell.case, str(cell.connections), f"{seconds:.3f}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True,
                              timeout=120 + 20 * seconds, check=False,
                              preexec_fn=use_client_core if cell.replay else None)
        if done.returncode != 0:
            return {"error": done.stderr.strip() or f"exit code {done.returncode}"}
        return json.loads(done.stdout)


def find(build: pathlib.Path) -> list[Contender]:
    found = []
    for folder in sorted(BENCH.iterdir()):
        if not folder.is_dir() or folder.name in NOT_CONTENDERS:
            continue
        for path in sorted(folder.iterdir()):
            if path.suffix == ".cpp":
                found.append(Contender(path.stem, build / "bench" / f"bench_{path.stem}"))
            elif path.is_file() and os.access(path, os.X_OK):
                found.append(Contender(path.name, path))
    return sorted(found, key=lambda each: (
        ORDER.index(each.name) if each.name in ORDER else len(ORDER), each.name))
