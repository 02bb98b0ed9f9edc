"""How the checks compile: our flags, and through ccache where there is one."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
STRICT = ["-std=c++20", f"-I{INCLUDE}", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion",
          "-Wshadow", "-Werror"]


def compiler_from_arguments() -> list[str]:
    """What follows -- on the command line: the compiler Meson uses, without its ccache."""
    command = sys.argv[sys.argv.index("--") + 1:]
    if len(command) > 1 and os.path.basename(command[0]) == "ccache":
        command = command[1:]
    return command + os.environ.get("PGCORO_CHECK_FLAGS", "").split()


def compile_object(compiler: list[str], source: pathlib.Path, target: pathlib.Path,
                   flags: list[str]) -> subprocess.CompletedProcess[str]:
    cache = [] if shutil.which("ccache") is None else ["ccache"]
    return subprocess.run(
        cache + compiler + STRICT + flags + ["-c", str(source), "-o", str(target)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env=os.environ | {"LC_ALL": "C"})
