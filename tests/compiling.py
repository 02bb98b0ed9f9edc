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
    # what was precompiled is quicker read than ccache tells whether it has changed
    precompiled = "-include" in flags or "-include-pch" in flags
    cache = [] if shutil.which("ccache") is None or precompiled else ["ccache"]
    return subprocess.run(
        cache + compiler + STRICT + flags + ["-c", str(source), "-o", str(target)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env=os.environ | {"LC_ALL": "C"})


def precompile(compiler: list[str], headers: list[str], directory: pathlib.Path,
               flags: list[str]) -> list[str] | None:
    """Compiles these headers once: the flags that put them before a source without reading them
    again. A compiler that then does not take them says so (-Winvalid-pch). None: they don't
    compile, or it has no such thing."""
    directory.mkdir(parents=True, exist_ok=True)
    name = "_".join(headers).replace("/", "_")
    source = directory / name
    source.write_text("".join(f"#include <{header}>\n" for header in headers))
    is_clang = "clang" in os.path.basename(compiler[0])
    target = source.with_name(name + (".pch" if is_clang else ".gch"))
    made = subprocess.run(
        compiler + STRICT + flags + ["-x", "c++-header", str(source), "-o", str(target)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if made.returncode != 0:
        return None
    return ["-include-pch", str(target)] if is_clang else ["-Winvalid-pch", "-include", str(source)]
