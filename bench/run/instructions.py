"""Nanoseconds and instructions of the parts: the work of tools/bench --micro."""

import json
import os
import pathlib
import platform
import re
import shutil
import subprocess

from build import ROOT, build, compiler
from tables import table

EXPECTED = ROOT / "bench" / "micro" / "instructions.json"
TOLERANCE = 0.05
FEW, MANY = 100, 300
WORTH = 500_000  # instructions: a process's own start differs by some hundred from run to run


# The C library chooses its copying and comparing by the processor: all are to count alike. (And
# `meson test` has it fill what is allocated.)
PLAIN_LIBRARY = {"MALLOC_PERTURB_": "0",
                 "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,"
                                   "-BMI1,-BMI2,-LZCNT,-MOVBE,-RTM"}


def count(program: pathlib.Path, name: str, times: int) -> int:
    said = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), name,
         str(times)], capture_output=True, text=True, check=True,
        env=os.environ | PLAIN_LIBRARY).stderr
    return int(re.search(r"Collected : (\d+)", said).group(1))


def of_one(program: pathlib.Path, name: str) -> float:
    """What more of them add: so many more that the start of the process weighs nothing."""
    few = count(program, name, FEW)
    about = (count(program, name, MANY) - few) / (MANY - FEW)
    many = FEW + int(WORTH / max(about, 1))
    return about if many <= MANY else (count(program, name, many) - few) / (many - FEW)


def instructions(program: pathlib.Path, names: list[str]) -> dict[str, float]:
    return {name: of_one(program, name) for name in names}


def environment() -> str:
    """What the counts depend on besides our own code."""
    version = subprocess.run([*compiler(), "-dumpfullversion"], capture_output=True, text=True,
                             check=True).stdout.strip()
    name = "clang" if "clang" in compiler()[0] else "gcc"
    return f"{name} {version}, {' '.join(platform.libc_ver())}, {processor()}"


def processor() -> str:
    """Its kind: the C library asks for more than can be taken back."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.machine()


def changes(expected: dict[str, float], counted: dict[str, float]) -> list[str]:
    found = []
    for name, now in counted.items():
        before = expected.get(name)
        if before is None:
            found.append(f"{name}: {now:.0f} instructions, and nothing to compare them with")
        elif abs(now - before) > max(TOLERANCE * before, 1):
            found.append(f"{name}: {now:.0f} instructions instead of {before:.0f} "
                         f"({now / before - 1:+.1%})")
    return found + [f"{name}: gone" for name in expected.keys() - counted.keys()]


def run(given, say) -> int:
    say("building")
    build(given.build_dir, ["bench/micro"], given.jobs)
    program = given.build_dir / "bench" / "micro"
    times = json.loads(subprocess.run([program], capture_output=True, text=True,
                                      check=True).stdout)
    if shutil.which("valgrind") is None:
        print(table(["", "ns"], [[name, f"{ns:.1f}"] for name, ns in times.items()]))
        print("skipped: instructions (valgrind is not installed)")
        return 0
    say("counting instructions")
    counted = instructions(program, list(times))
    print(table(["", "ns", "instructions"],
                [[name, f"{ns:.1f}", f"{counted[name]:.0f}"] for name, ns in times.items()]))
    here = environment()
    if given.update:
        EXPECTED.write_text(json.dumps(
            {"environment": here, "instructions": {n: round(c, 1) for n, c in counted.items()}},
            indent=1) + "\n")
        print(f"written: {EXPECTED.relative_to(ROOT)}")
        return 0
    kept = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    if kept.get("environment") != here:
        print(f"skipped: comparison (bench/micro/instructions.json is of "
              f"{kept.get('environment', 'nothing')}, this is {here})")
        return 0
    found = changes(kept["instructions"], counted)
    for line in found:
        print(line)
    print(f"{len(counted) - len(found)} as expected, {len(found)} changed by more than "
          f"{TOLERANCE:.0%}")
    return 1 if found and given.check else 0
