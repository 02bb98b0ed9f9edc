"""Runs every cell for every contender in turn, several rounds."""

import collections
import dataclasses
import pathlib
import random
import subprocess
import tempfile
import time

from cells import FILLING_CASES, MANY_QUESTIONS, Cell
from contenders import Contender, use_server_core
from ratios import Ratio, paired


class WrongAnswer(Exception):
    pass


@dataclasses.dataclass
class Results:
    """What each contender's runs of each cell said, by round."""

    runs: dict[tuple[Cell, str], dict[int, dict]]
    skips: dict[tuple[Cell, str], str]

    def series(self, cell: Cell, contender: str, figure: str) -> dict[int, float]:
        return {r: FIGURES[figure](run)
                for r, run in self.runs.get((cell, contender), {}).items()}

    def ratio(self, figure: str, cell: Cell, contender: str, base: str) -> Ratio | None:
        return paired(self.series(cell, contender, figure), self.series(cell, base, figure))


FIGURES = {
    "cpu": lambda run: (run["user"] + run["system"]) / run["queries"] * 1e6,
    "rate": lambda run: run["queries"] / run["elapsed"],
    "p50": lambda run: run["p50"],
    "p99": lambda run: run["p99"],
}


class Replay:
    """The server that answers from memory, while the block runs."""

    def __init__(self, build: pathlib.Path) -> None:
        self.program = build / "bench" / "replay"

    def __enter__(self) -> str:
        self.directory = tempfile.TemporaryDirectory(prefix="pgcoro-replay-")
        self.process = subprocess.Popen([self.program, self.directory.name],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=use_server_core)
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError("the replaying server did not start")
        return self.directory.name

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.directory.cleanup()


def expected(build: pathlib.Path) -> dict[str, tuple[int, int]]:
    """What the server says that each case must give."""
    lines = ask(build, "SELECT name, rows, checksum FROM bench_expected").splitlines()
    return {name: (int(rows), int(checksum))
            for name, rows, checksum in (line.split("\t") for line in lines)}


def ask(build: pathlib.Path, sql: str) -> str:
    return subprocess.run([build / "bench" / "ask", sql], capture_output=True, text=True,
                          check=True).stdout


def check(build: pathlib.Path, contenders: list[Contender], cells: list[Cell],
          replay: str) -> dict[tuple[Cell, str], str]:
    """Runs each once and compares what it got; gives what is skipped, and why."""
    wanted = expected(build)
    skips, wrong = {}, []
    for cell in cells:
        for contender in contenders:
            got = contender.run(cell, 0, replay)
            if "skip" in got:
                skips[cell, contender.name] = got["skip"]
                continue
            count, checksum = wanted[cell.case]
            if "error" in got:
                wrong.append(f"{cell}: {contender.name}: {got['error']}")
            elif got["count"] != count or got["checksum"] not in (checksum, None):
                wrong.append(f"{cell}: {contender.name}: {got['count']} rows with checksum "
                             f"{got['checksum']}, not {count} with {checksum}")
    if wrong:
        raise WrongAnswer("\n".join(wrong))
    return skips


def fill_memory(contenders: list[Contender], cells: list[Cell], replay: str) -> None:
    """Where each run asks for other rows, the replaying server has to ask the real one 10,000 times
    before it knows them all: that is not to be measured."""
    for case in MANY_QUESTIONS:
        cell = next((each for each in cells if each.case == case and each.replay), None)
        for contender in contenders if cell else []:
            contender.run(cell, 2, replay)


def measure(build: pathlib.Path, contenders: list[Contender], cells: list[Cell], rounds: int,
            budget: float, say) -> Results:
    order = random.Random(1)
    with Replay(build) as replay:
        begin = time.monotonic()
        skips = check(build, contenders, cells, replay)
        pairs = len(cells) * len(contenders) - len(skips)
        startup = (time.monotonic() - begin) / max(pairs, 1)
        say(f"all contenders got the same rows ({pairs} checks)")
        fill_memory(contenders, cells, replay)
        left = budget - (time.monotonic() - begin)
        # A run's start and its check take about as long as they just did, warming up 15 %.
        seconds = max(0.05, (left / (pairs * rounds) - startup) / 1.2)
        say(f"{rounds} rounds of {pairs} runs of {seconds:.2f} s")
        runs = collections.defaultdict(dict)
        for r in range(rounds):
            for cell in cells:
                turn = [each for each in contenders if (cell, each.name) not in skips]
                order.shuffle(turn)
                for contender in turn:
                    got = contender.run(cell, seconds, replay)
                    if "error" in got:
                        raise WrongAnswer(f"{cell}: {contender.name}: {got['error']}")
                    runs[cell, contender.name][r] = got
                if cell.case in FILLING_CASES:
                    ask(build, "TRUNCATE bench_batch")
            say(f"round {r + 1} of {rounds}: {time.monotonic() - begin:.0f} s")
    return Results(dict(runs), skips)
