"""Every .cpp of the test programs is built: one that was not listed would never fail."""

import pathlib
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

    cases.run("every test source is built", all_listed)
    cases.run("no test source is astray", none_astray)
    cases.finish()


main()
