"""The legs of the matrix: the work of tools/matrix."""

import argparse
import dataclasses
import io
import pathlib
import re
import shutil
import sys
import tarfile
import urllib.error
import urllib.request

from run_tests import ROOT, Build, Case, Tally, report, run_build, say

SANITIZERS = ["--buildtype=debug", "-Dexamples=disabled", "-Db_lundef=false"]
RELEASE = ["--buildtype=release"]


@dataclasses.dataclass
class Leg:
    """A compiler, an Asio (empty: the system's) and Meson's arguments."""

    about: str
    compiler: str
    arguments: list[str]
    asio: str = ""


LEGS = {
    "gcc-12": Leg("the oldest gcc we support, release", "g++-12", RELEASE),
    "clang-16": Leg("release", "clang++-16", RELEASE),
    "clang-19": Leg("release", "clang++-19", RELEASE),
    "asio-1.22": Leg("the oldest Asio we support", "g++", RELEASE, asio="1.22.0"),
    "asio-1.38": Leg("a new Asio", "g++", RELEASE, asio="1.38.2"),
    "asan-ubsan": Leg("address and undefined behaviour sanitizers", "g++",
                      SANITIZERS + ["-Db_sanitize=address,undefined"]),
    "asan-ubsan-clang": Leg("the same with clang", "clang++-16",
                            SANITIZERS + ["-Db_sanitize=address,undefined"]),
    "tsan": Leg("thread sanitizer", "g++",
                SANITIZERS + ["-Db_sanitize=thread", "-Doptimization=1"]),
}


class CannotRun(Exception):
    """The leg can't run here, for the reason given."""


def system_asio() -> str:
    """The version of the Asio that the compiler finds by itself: "1.22.1"."""
    header = pathlib.Path("/usr/include/asio/version.hpp")
    found = re.search(r"#define ASIO_VERSION (\d+)", header.read_text() if header.exists() else "")
    number = int(found[1]) if found else 0
    return f"{number // 100000}.{number // 100 % 1000}.{number % 100}"


def asio_headers(version: str) -> pathlib.Path | None:
    """The headers of that version of Asio, downloaded once; nothing where the system's will do."""
    if system_asio().rsplit(".", 1)[0] == version.rsplit(".", 1)[0]:
        return None
    directory = ROOT / "build" / "matrix" / f"asio-{version}"
    found = list(directory.glob("**/include/asio/version.hpp"))
    if found:
        return found[0].parent.parent
    url = ("https://github.com/chriskohlhoff/asio/archive/refs/tags/"
           f"asio-{version.replace('.', '-')}.tar.gz")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            archive = answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise CannotRun(f"Asio {version} can't be downloaded: {error}") from error
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(directory, members=[
            member for member in files
            if "/include/" in member.name and ".." not in member.name])
    return next(directory.glob("**/include/asio/version.hpp")).parent.parent


def build_of(name: str, leg: Leg) -> Build:
    if shutil.which(leg.compiler) is None:
        raise CannotRun(f"there is no {leg.compiler}")
    cache = "ccache " if shutil.which("ccache") else ""
    environment = {"CXX": cache + leg.compiler}
    arguments = list(leg.arguments)
    headers = asio_headers(leg.asio) if leg.asio else None
    if headers is not None:
        # in place of the system's: -isystem comes before the standard directories
        environment["CXXFLAGS"] = environment["PGCORO_CHECK_FLAGS"] = f"-isystem {headers}"
    # every header alone: another compiler or Asio misses another include
    checks = [] if "-Db_lundef=false" in leg.arguments else ["headers"]
    return Build(name, arguments, checks, environment)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("legs", nargs="*", metavar="LEG")
    options = parser.parse_args()
    if options.list:
        for name, leg in LEGS.items():
            say(f"{name:18}{leg.compiler}: {leg.about}")
        return 0
    unknown = [name for name in options.legs if name not in LEGS]
    if unknown:
        parser.error(f"no such leg: {', '.join(unknown)}; see --list")
    tally = Tally()
    for name in options.legs or LEGS:
        try:
            build = build_of(name, LEGS[name])
        except CannotRun as reason:
            say(f"== {name}: SKIPPED: {reason}")
            tally.add("failed" if options.strict else "skipped",
                      Case(name, "matrix", "the whole leg", str(reason)))
            continue
        run_build(build, ROOT / "build" / "matrix" / name, [], tally)
    return report(tally)


if __name__ == "__main__":
    sys.exit(main())
