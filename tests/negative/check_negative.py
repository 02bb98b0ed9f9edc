"""What must not compile does not, and says why.

Each file here begins with `// expect: REGEX`, which the first error of every compiler must match.
Compiled with -DPGCORO_FIXED the same file must be correct, so that it can't fail for another
reason.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from compiling import compile_object, compiler_from_arguments, precompile  # noqa: E402
from tally import Cases, Failure, Skip  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def compilers() -> dict[str, list[str] | None]:
    """The compiler of the build, and the other one where it is there."""
    own = compiler_from_arguments()
    found: dict[str, list[str] | None] = {os.path.basename(own[0]): own}
    if "clang" in os.path.basename(own[0]):
        wanted = ["g++"]
    else:
        wanted = [f"clang++-{version}" for version in range(30, 15, -1)] + ["clang++"]
    other = next((name for name in wanted if shutil.which(name)), None)
    found[other or wanted[-1]] = None if other is None else [other]
    return found


def included_first(file: pathlib.Path) -> str | None:
    """Our header that is the first that the file says, behind its comments."""
    lines = file.read_text(encoding="utf-8").splitlines()
    said = next((line for line in lines if line and not line.startswith("//")), "")
    include = re.fullmatch(r'#include "(pgcoro/[^"]+)"', said)
    return include and include[1]


def precompiled(compiler: list[str], files: list[pathlib.Path],
                directory: pathlib.Path) -> dict[str, list[str]]:
    """The headers with which several files begin, compiled once: the flags for those files."""
    uses = collections.Counter(map(included_first, files))
    made = {name: precompile(compiler, [name], directory / os.path.basename(compiler[0]), [])
            for name, count in uses.items() if name is not None and count > 1}
    return {name: flags for name, flags in made.items() if flags is not None}


def check(compiler: list[str], file: pathlib.Path, before: dict[str, list[str]]) -> str | None:
    first_line = file.read_text(encoding="utf-8").splitlines()[0]
    expected = re.fullmatch(r"// expect: (.+)", first_line)
    if expected is None:
        return "the first line must be `// expect: REGEX`"
    # not to be compiled further than the types: nothing is written
    flags = ["-fsyntax-only"] + before.get(included_first(file) or "", [])
    fixed = compile_object(compiler, file, pathlib.Path("/dev/null"), flags + ["-DPGCORO_FIXED"])
    if fixed.returncode != 0:
        return "does not compile with -DPGCORO_FIXED either:\n" + fixed.stdout
    wrong = compile_object(compiler, file, pathlib.Path("/dev/null"), flags)
    if wrong.returncode == 0:
        return "compiles"
    first = next((line for line in wrong.stdout.splitlines() if "error:" in line), "no error line")
    if re.search(expected[1], first) is None:
        return f"the first error does not match {expected[1]!r}:\n{first}"
    return None


def main() -> None:
    cases = Cases()
    files = sorted(HERE.glob("*.cpp"))
    with (tempfile.TemporaryDirectory() as directory,
          concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as workers):
        for name, compiler in compilers().items():
            before = {} if compiler is None else precompiled(compiler, files,
                                                             pathlib.Path(directory))
            results = files if compiler is None else workers.map(
                lambda file, compiler=compiler, before=before: check(compiler, file, before), files)
            for file, result in zip(files, results):
                def case() -> None:
                    if compiler is None:
                        raise Skip(f"there is no {name}")
                    if result is not None:
                        raise Failure(result)

                cases.run(f"{file.name} is refused by {name}", case)
    cases.finish()


main()
