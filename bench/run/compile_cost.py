"""What a program that uses pgcoro costs the compiler, against one that uses Asio and OpenSSL alone."""

import json
import os
import pathlib
import shutil
import subprocess
import time

from build import ROOT, compiler
from tables import table

SOURCES = ROOT / "bench" / "compile"
GOES = 3
COUNTS = [1, 11, 21]


def program_of(queries: int) -> str:
    """one_query.cpp with so many queries, each with a row type of its own."""
    text = (SOURCES / "one_query.cpp").read_text()
    head, rest = text.split("// begin\n")
    one, tail = rest.split("// end\n")
    call = "    co_await query_1(connection);\n"
    return (head + "".join(one.replace("_1", f"_{i + 1}") for i in range(queries))
            + tail.replace(call, "".join(call.replace("_1", f"_{i + 1}")
                                         for i in range(queries))))


def compile_once(source: pathlib.Path, level: str, output: pathlib.Path) -> tuple[float, float]:
    """Processor seconds, and the most memory that one of its processes had, in MB."""
    command = [*compiler(), "-std=c++20", level, f"-I{ROOT / 'include'}", "-c", str(source), "-o",
               str(output)]
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"does not compile: {' '.join(command)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def size_of(objects: pathlib.Path, level: str) -> float:
    """Of the stripped program, in kB."""
    program = objects.with_suffix(f".{level[1:]}.out")
    subprocess.run([*compiler(), str(objects), "-s", "-o", str(program), "-lssl", "-lcrypto",
                    "-pthread"], check=True)
    return program.stat().st_size / 1024


def run(directory: pathlib.Path, say) -> int:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    programs = {"Asio and OpenSSL alone": SOURCES / "with_asio.cpp"}
    for count in COUNTS:
        path = directory / f"queries_{count}.cpp"
        path.write_text(program_of(count))
        programs[f"pgcoro, {count} {'query' if count == 1 else 'queries'}"] = path
    results: dict[str, dict[str, dict[str, float]]] = {}
    begin = time.monotonic()
    for level in ["-O0", "-O2"]:
        goes: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
        for go in range(GOES):
            for name, source in programs.items():
                goes[name].append(compile_once(source, level, directory / f"{source.stem}.o"))
            say(f"{level}, go {go + 1} of {GOES}: {time.monotonic() - begin:.0f} s")
        results[level] = {
            name: {"seconds": min(seconds for seconds, _ in goes[name]),
                   "memory": max(memory for _, memory in goes[name]),
                   "size": size_of(directory / f"{source.stem}.o", level)}
            for name, source in programs.items()}
    base, one, last = (list(programs)[i] for i in (0, 1, -1))
    rows, summary = [], {}
    for level, figures in results.items():
        for name, each in figures.items():
            rows.append([level, name, f"{each['seconds']:.2f} s",
                         f"{each['seconds'] / figures[base]['seconds']:.2f}",
                         f"{each['memory']:.0f} MB", f"{each['size']:.0f} kB"])
        slope = (figures[last]["seconds"] - figures[one]["seconds"]) / (COUNTS[-1] - COUNTS[0])
        summary[level] = {"ratio": figures[one]["seconds"] / figures[base]["seconds"],
                          "milliseconds_per_query": slope * 1000}
    print(table(["", "program", "processor time", "ratio", "memory", "stripped"], rows))
    for level, each in summary.items():
        print(f"{level}: {each['ratio']:.2f} times as long as Asio and OpenSSL alone (goal: 1.5), "
              f"{each['milliseconds_per_query']:.0f} ms for each further query"
              + (" (goal: 50)" if level == "-O0" else ""))
    (directory / "compile.json").write_text(
        json.dumps({"programs": results, "summary": summary}, indent=1))
    return 0
