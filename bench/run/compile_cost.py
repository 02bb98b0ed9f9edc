"""What a program that uses pgcoro costs the compiler, against one that uses Asio and OpenSSL alone."""

import json
import os
import pathlib
import shutil
import subprocess

from build import ROOT, compiler
from tables import table

SOURCES = ROOT / "bench" / "compile"
GOES = 3
COUNTS = [1, 11, 21]
BASE = "Asio and OpenSSL alone"
SEPARATE = "-DPGCORO_SEPARATE_COMPILATION"
LIBRARY = "pgcoro/src.hpp"


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
    """A source file, and what it is compiled with."""

    def __init__(self, source: pathlib.Path, output: pathlib.Path, *flags: str) -> None:
        self.source, self.output, self.flags = source, output, flags


def programs_in(directory: pathlib.Path) -> dict[str, Program]:
    programs = {BASE: Program(SOURCES / "with_asio.cpp", directory / "with_asio.o")}
    for count in COUNTS:
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


def compile_once(program: Program, level: str) -> tuple[float, float]:
    """Processor seconds, and the most memory that one of its processes had, in MB."""
    command = [*compiler(), "-std=c++20", level, *program.flags, f"-I{ROOT / 'include'}", "-c",
               str(program.source), "-o", str(program.output)]
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"does not compile: {' '.join(command)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def size_of(objects: list[pathlib.Path]) -> float:
    """Of the stripped program, in kB."""
    program = objects[0].with_suffix(".out")
    subprocess.run([*compiler(), *map(str, objects), "-s", "-o", str(program), "-lssl", "-lcrypto",
                    "-pthread"], check=True)
    return program.stat().st_size / 1024


def measure(programs: dict[str, Program], level: str, say) -> dict[str, dict[str, float]]:
    goes: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for go in range(GOES):
        for name, program in programs.items():
            goes[name].append(compile_once(program, level))
        say(f"{level}, go {go + 1} of {GOES}")
    figures = {name: {"seconds": min(seconds for seconds, _ in each),
                      "memory": max(memory for _, memory in each)} for name, each in goes.items()}
    for name, program in programs.items():
        if name != LIBRARY:
            objects = [program.output, *([programs[LIBRARY].output] if program.flags else [])]
            figures[name]["size"] = size_of(objects)
    return figures


def summarized(figures: dict[str, dict[str, float]], separate: bool) -> dict[str, float]:
    one, last = (figures[name_of(COUNTS[i], separate)]["seconds"] for i in (0, -1))
    return {"ratio": one / figures[BASE]["seconds"],
            "milliseconds_per_query": (last - one) / (COUNTS[-1] - COUNTS[0]) * 1000}


def run(directory: pathlib.Path, say) -> int:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    programs = programs_in(directory)
    results = {level: measure(programs, level, say) for level in ["-O0", "-O2"]}
    rows = [[level, name, f"{each['seconds']:.2f} s",
             f"{each['seconds'] / figures[BASE]['seconds']:.2f}", f"{each['memory']:.0f} MB",
             f"{each['size']:.0f} kB" if "size" in each else ""]
            for level, figures in results.items() for name, each in figures.items()]
    print(table(["", "program", "processor time", "ratio", "memory", "stripped"], rows))
    summary = {}
    for level, figures in results.items():
        for way, separate in [("headers alone", False), ("the library apart", True)]:
            each = summarized(figures, separate)
            summary.setdefault(level, {})[way] = each
            print(f"{level}, {way}: {each['ratio']:.2f} times as long as {BASE} (goal: 1.5), "
                  f"{each['milliseconds_per_query']:.0f} ms for each further query"
                  + (" (goal: 50)" if level == "-O0" else ""))
    (directory / "compile.json").write_text(
        json.dumps({"programs": results, "summary": summary}, indent=1))
    return 0
