"""Counts the instructions of encoding, decoding, framing and of whole sessions, and fails where they
are not what bench/micro/instructions.json says. After a change that is meant:
tools/bench --micro --update."""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from tally import Cases, Failure, Skip  # noqa: E402


def instructions_are_as_recorded(directory: str) -> None:
    if shutil.which("valgrind") is None:
        raise Skip("valgrind is not installed")
    ran = subprocess.run(
        [ROOT / "tools" / "bench", "--micro", "--check", "--no-install", "--build-dir", directory],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    lines = ran.stdout.splitlines()
    for line in lines:
        if line.startswith("skipped:"):
            raise Skip(line.removeprefix("skipped:").strip())
    if ran.returncode != 0:
        raise Failure("\n".join([line for line in lines if " instructions" in line] or
                                [ran.stdout, ran.stderr]))


def main() -> None:
    cases = Cases()
    cases.run("instructions are as recorded", lambda: instructions_are_as_recorded(sys.argv[1]))
    cases.finish()


main()
