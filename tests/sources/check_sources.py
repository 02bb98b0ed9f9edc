"""Every .cpp of the test programs is built: one that was not listed would never fail."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tally import Cases, Failure  # noqa: E402

TESTS = pathlib.Path(__file__).resolve().parent.parent


def main() -> None:
    built = set(sys.argv[sys.argv.index("--") + 1:])
    cases = Cases()

    # A release build builds tests/release alone; the others are the other builds'.
    folders = ["unit", "session", "integration", "libpq"]
    if any(path.startswith("tests/release/") for path in built):
        folders = ["release", "soak"]

    def all_listed() -> None:
        there = {path.relative_to(TESTS.parent).as_posix()
                 for folder in folders for path in (TESTS / folder).rglob("*.cpp")}
        if there - built:
            raise Failure("not built; run `meson setup --reconfigure`: "
                          + ", ".join(sorted(there - built)))

    def none_astray() -> None:
        known = {"unit", "session", "integration", "libpq", "release", "soak", "fuzz", "negative", "odr",
                 "consumers"}
        astray = [path.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.cpp")
                  if path.relative_to(TESTS).parts[0] not in known | {"catch_main.cpp"}]
        if astray:
            raise Failure("in no folder that is built: " + ", ".join(sorted(astray)))

    def names_of_both_catches() -> None:
        old = re.compile(r"\bCatch::(Contains|StartsWith|EndsWith|Equals|Message)\b")
        found = [f"{path.relative_to(TESTS).as_posix()}: {match.group()}"
                 for path in sorted(TESTS.rglob("*.[ch]pp"))
                 for match in old.finditer(path.read_text())]
        if found:
            raise Failure("Catch2 3 has these in Catch::Matchers (see catch.hpp): "
                          + ", ".join(found))

    cases.run("every test source is built", all_listed)
    cases.run("no test source is astray", none_astray)
    cases.run("matchers have the names that both versions of Catch2 know", names_of_both_catches)
    cases.finish()


main()
