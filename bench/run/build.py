"""Builds what is measured: release, without assertions."""

import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OPTIONS = ["--buildtype=release", "--optimization=2", "-Db_ndebug=true", "-Dtests=disabled",
           "-Dexamples=disabled", "-Dbenchmarks=enabled"]


def build(directory: pathlib.Path, targets: list[str], jobs: int) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    again = ["--reconfigure"] if (directory / "build.ninja").exists() else []
    log = directory.with_suffix(".log")
    with log.open("w") as out:
        for command in (["meson", "setup", *again, str(directory), str(ROOT), *OPTIONS],
                        ["ninja", "-C", str(directory), f"-j{jobs}", *targets]):
            if subprocess.run(command, stdout=out, stderr=out, check=False).returncode != 0:
                out.flush()
                sys.stderr.write("".join(log.read_text().splitlines(keepends=True)[-60:]))
                raise SystemExit(1)


def compiler() -> list[str]:
    return os.environ.get("CXX", "g++").split()


def about_machine() -> list[str]:
    """What the figures depend on."""
    def said(command: list[str]) -> str:
        try:
            return subprocess.run(command, capture_output=True, text=True,
                                  check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return ""

    version = said([*compiler(), "--version"]).splitlines() or [""]
    processor = re.search(r"model name\s*: (.*)", read("/proc/cpuinfo"))
    commit = said(["git", "-C", str(ROOT), "describe", "--always", "--dirty"])
    return [
        f"pgcoro {commit or 'of no known commit'}; {version[0]}",
        f"{processor.group(1) if processor else platform.machine()}, {os.cpu_count()} cores; "
        f"{platform.system()} {platform.release()}",
    ]


def read(path: str) -> str:
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ""
