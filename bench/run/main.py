"""The work of tools/bench."""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import cells as catalogue
import contenders as programs
import tables
from build import ROOT, about_machine, build
from measuring import WrongAnswer, ask, measure
from picture import svg

BENCH = ROOT / "bench"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/bench", add_help=False)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cases", default="")
    parser.add_argument("--contenders", default="")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--build-dir", type=pathlib.Path, default=ROOT / "build" / "bench")
    parser.add_argument("--micro", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--beside-server", action="store_true")
    return parser.parse_args()


def chosen_cells(given: argparse.Namespace) -> list[catalogue.Cell]:
    found = catalogue.quick() if given.quick else catalogue.whole()
    if given.cases:
        wanted = set(given.cases.upper().replace(",", ""))
        unknown = wanted - set(catalogue.TITLES)
        if unknown:
            raise SystemExit(f"tools/bench: no such case: {', '.join(sorted(unknown))}")
        found = [cell for cell in found if cell.case in wanted]
    return found


def chosen_contenders(given: argparse.Namespace) -> list[programs.Contender]:
    found = programs.find(given.build_dir)
    if given.contenders:
        wanted = set(given.contenders.split(","))
        unknown = wanted - {each.name for each in found}
        if unknown:
            raise SystemExit(f"tools/bench: no such contender: {', '.join(sorted(unknown))}; "
                             f"there are {', '.join(each.name for each in found)}")
        found = [each for each in found if each.name in wanted | {programs.BASE}]
    return found


def run_cases(given: argparse.Namespace) -> int:
    cells, contenders = chosen_cells(given), chosen_contenders(given)
    rounds = given.rounds or (3 if given.quick else 9)
    budget = 60 * (given.minutes or (2 if given.quick else 20))
    server = ask(given.build_dir, "SELECT split_part(version(), ' ', 2)").strip()
    about = [*about_machine(), f"PostgreSQL {server}, Unix socket, fsync, autovacuum and jit off, "
             "256 MB of shared buffers"]
    try:
        results = measure(given.build_dir, contenders, cells, rounds, budget, say)
    except WrongAnswer as wrong:
        say(f"tools/bench: {wrong}")
        return 1
    written = given.build_dir / "results"
    written.mkdir(exist_ok=True)
    (written / "results.md").write_text(tables.markdown(results, contenders, cells, about))
    (written / "results.json").write_text(
        json.dumps(tables.document(results, contenders, cells, about), indent=1))
    (written / "results.svg").write_text(svg(results, contenders, cells))
    print((written / "results.md").read_text())
    say(f"written: {written}/results.md, .json, .svg")
    return 0


def main() -> int:
    given = arguments()
    given.build_dir = given.build_dir.resolve()
    if given.beside_server:
        return run_cases(given)
    if given.compile:
        import compile_cost
        return compile_cost.run(given.build_dir / "compile", say)
    if given.micro:
        import instructions
        return instructions.run(given, say)
    chosen_cells(given), chosen_contenders(given)
    say("building")
    build(given.build_dir, [], given.jobs)
    # Again, beside a server of our own, which is gone when we are.
    return subprocess.run([given.build_dir / "bench" / "bench_server",
                           BENCH / "server" / "setup.sql", sys.executable, *sys.argv,
                           "--beside-server"], check=False).returncode


sys.exit(main())
