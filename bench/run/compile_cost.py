"""What a program that uses pgcoro costs the compiler, against one that uses Asio and OpenSSL alone."""

import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import time

from build import ROOT, compiler
from ratios import Ratio, figure, paired, summarise
from tables import table

SOURCES = ROOT / "bench" / "compile"
SECONDS = 200  # no further round begins that would not end by then…
FEWEST, MOST = 3, 9  # …but this many there are
COUNTS = [1, 11, 21]
LEVELS = {"-O0": COUNTS, "-O2": COUNTS[:1]}
BASE = "Asio and OpenSSL alone"
SEPARATE = "-DPGCORO_SEPARATE_COMPILATION"
LIBRARY = "pgcoro/src.hpp"
WAYS = {"headers alone": False, "the library apart": True}
PERF = ["perf", "stat", "-x,", "-e", "instructions:u", "-o"]


def program_of(queries: int) -> str:
    """one_query.cpp with so many queries, each with a row type of its own."""
    text = (SOURCES / "one_query.cpp").read_text()
    head, rest = text.split("// begin\n")
    one, tail = rest.split("// end\n")
    call = "    co_await query_1(connection);\n"
    return (head + "".join(one.replace("_1", f"_{i + 1}") for i in range(queries))
            + tail.replace(call, "".join(call.replace("_1", f"_{i + 1}")
                                         for i in range(queries))))


class Program:
    """A source file, what it is compiled with, and by round what that took."""

    def __init__(self, source: pathlib.Path, output: pathlib.Path, *flags: str) -> None:
        self.source, self.output, self.flags = source, output, flags
        self.seconds: dict[int, float] = {}
        self.instructions: dict[int, float] = {}
        self.memory = 0.0
        self.size: float | None = None


def programs_in(directory: pathlib.Path, counts: list[int]) -> dict[str, Program]:
    directory.mkdir(parents=True)
    programs = {BASE: Program(SOURCES / "with_asio.cpp", directory / "with_asio.o")}
    for count in counts:
        source = directory / f"queries_{count}.cpp"
        source.write_text(program_of(count))
        programs[name_of(count, False)] = Program(source, source.with_suffix(".o"))
        programs[name_of(count, True)] = Program(source, directory / f"separate_{count}.o",
                                                 SEPARATE)
    source = directory / "library.cpp"
    source.write_text("#include <pgcoro/src.hpp>\n")
    programs[LIBRARY] = Program(source, source.with_suffix(".o"), SEPARATE)
    return programs


def name_of(count: int, separate: bool) -> str:
    return (f"pgcoro, {count} {'query' if count == 1 else 'queries'}"
            + (", the library apart" if separate else ""))


def counts_instructions(directory: pathlib.Path) -> bool:
    said = directory / "perf"
    try:
        subprocess.run([*PERF, str(said), "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return counted(said) is not None


def counted(said: pathlib.Path) -> float | None:
    found = re.search(r"^(\d+),.*instructions", said.read_text(), re.MULTILINE)
    return float(found.group(1)) if found else None


def compile_once(program: Program, level: str, go: int, perf: pathlib.Path | None) -> None:
    command = [*compiler(), "-std=c++20", level, *program.flags, f"-I{ROOT / 'include'}", "-c",
               str(program.source), "-o", str(program.output)]
    process = subprocess.Popen([*PERF, str(perf), *command] if perf else command,
                               env=os.environ | {"CCACHE_DISABLE": "1"})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"does not compile: {' '.join(command)}")
    program.seconds[go] = used.ru_utime + used.ru_stime
    program.memory = max(program.memory, used.ru_maxrss / 1024)  # the most of one process, in MB
    if perf and (instructions := counted(perf)) is not None:
        program.instructions[go] = instructions


def size_of(objects: list[pathlib.Path]) -> float:
    """Of the stripped program, in kB."""
    program = objects[0].with_suffix(".out")
    subprocess.run([*compiler(), *map(str, objects), "-s", "-o", str(program), "-lssl", "-lcrypto",
                    "-pthread"], check=True)
    return program.stat().st_size / 1024


def slope(series: list[dict[int, float]]) -> Ratio | None:
    """What each further query adds, by round: the line of least squares through COUNTS."""
    middle = statistics.mean(COUNTS)
    width = sum((count - middle) ** 2 for count in COUNTS)
    return summarise([sum((count - middle) * each[go] for count, each in zip(COUNTS, series))
                      / width for go in series[0]])


def added(series: list[dict[int, float]]) -> list[float]:
    """The same from each count to the next: on a straight line they are alike."""
    return [statistics.median((more[go] - few[go]) / (upper - lower) for go in few)
            for (lower, few), (upper, more) in zip(zip(COUNTS, series),
                                                   list(zip(COUNTS, series))[1:])]


def measure(levels: dict[str, dict[str, Program]], perf: pathlib.Path | None, say) -> int:
    """Compiles all of them in turn, round after round; gives how many there were."""
    begin = time.monotonic()
    for go in range(MOST):
        began = time.monotonic()
        for level, programs in levels.items():
            for name, program in programs.items():
                if name != LIBRARY or go == 0:  # no goal is about it, and it takes longest
                    compile_once(program, level, go, perf)
        now = time.monotonic()
        say(f"round {go + 1}: {now - begin:.0f} s")
        if go + 1 >= FEWEST and now + (now - began) > begin + SECONDS:
            return go + 1
    return MOST


def of_range(what: Ratio, unit: float = 1) -> str:
    return f"{figure(what.median * unit)} ({figure(what.low * unit)}–{figure(what.high * unit)})"


def rows_of(level: str, programs: dict[str, Program]) -> list[list[str]]:
    base = programs[BASE]
    rows = []
    for name, each in programs.items():
        row = [level, name, f"{statistics.median(each.seconds.values()):.2f} s",
               str(paired(each.seconds, base.seconds))]
        if base.instructions:
            row += [f"{statistics.median(each.instructions.values()) / 1e9:.2f}",
                    figure(paired(each.instructions, base.instructions).median)]
        else:
            row += ["–", "–"]
        rows.append([*row, f"{each.memory:.0f} MB",
                     f"{each.size:.0f} kB" if each.size is not None else ""])
    return rows


def summarized(programs: dict[str, Program], counts: list[int], separate: bool) -> dict:
    base, one = programs[BASE], programs[name_of(1, separate)]
    of = {"ratio": paired(one.seconds, base.seconds),
          "ratio_of_instructions": paired(one.instructions, base.instructions)}
    if counts == COUNTS:
        series = [programs[name_of(count, separate)].seconds for count in COUNTS]
        of["seconds_per_query"], of["from_each_to_the_next"] = slope(series), added(series)
        if base.instructions:
            of["instructions_per_query"] = slope([programs[name_of(count, separate)].instructions
                                                  for count in COUNTS])
    return of


def sentence(of: dict) -> str:
    text = f"{of['ratio']} times as long as {BASE} (goal: 1.5)"
    if of["ratio_of_instructions"]:
        text += f", {figure(of['ratio_of_instructions'].median)} times the instructions"
    if "seconds_per_query" in of:
        steps = ", ".join(f"{lower} to {upper}: {each * 1000:.1f}" for lower, upper, each
                          in zip(COUNTS, COUNTS[1:], of["from_each_to_the_next"]))
        text += (f"; each further query {of_range(of['seconds_per_query'], 1000)} ms (goal: 50; "
                 f"{steps})")
        if of.get("instructions_per_query"):
            text += f", {of['instructions_per_query'].median / 1e6:.0f} million instructions"
    return text


def plain(value):
    """For JSON."""
    return vars(value) if isinstance(value, (Ratio, Program)) else str(value)


def run(directory: pathlib.Path, say) -> int:
    shutil.rmtree(directory, ignore_errors=True)
    levels = {level: programs_in(directory / level.strip("-"), counts)
              for level, counts in LEVELS.items()}
    perf = directory / "perf" if counts_instructions(directory) else None
    if perf is None:
        say("skipped: instructions (perf can't count them here)")
    rounds = measure(levels, perf, say)
    for programs in levels.values():
        for name, program in programs.items():
            if name != LIBRARY:
                apart = [programs[LIBRARY].output] if program.flags else []
                program.size = size_of([program.output, *apart])
    print(f"Processor time of the compiler: medians of {rounds} interleaved rounds; ratios to "
          f"{BASE} within a round, and their range. {LIBRARY} was compiled once. Sizes are of "
          "stripped programs.\n")
    print(table(["", "program", "time", "ratio", "10⁹ instructions", "ratio", "memory", "size"],
                [row for level, programs in levels.items() for row in rows_of(level, programs)]))
    summary = {level: {way: summarized(programs, LEVELS[level], separate)
                       for way, separate in WAYS.items()}
               for level, programs in levels.items()}
    for level, ways in summary.items():
        for way, each in ways.items():
            print(f"- {level}, {way}: {sentence(each)}")
    (directory / "compile.json").write_text(
        json.dumps({"programs": levels, "summary": summary}, indent=1, default=plain))
    return 0
