"""Prints the .cpp files of a folder, for meson.build: Meson can't look for files itself.

A new file is picked up when Meson configures again, as tools/test always does; the test `sources`
fails when a file was left out.
"""

import pathlib
import sys


def main() -> None:
    base = pathlib.Path(__file__).resolve().parent.parent
    for path in sorted((base / sys.argv[1]).rglob("*.cpp")):
        print(path.relative_to(base).as_posix())


main()
