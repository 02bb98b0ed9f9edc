"""Every public header compiles alone, twice included, without warnings.

Where a header begins by including another of ours, directly or not, that one may have been compiled
before: then only the rest is. It is there in any case before the header's own code begins, and
compiles alone itself.
"""

import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from compiling import INCLUDE, compile_object, compiler_from_arguments, precompile  # noqa: E402
from tally import Cases, Failure, Skip  # noqa: E402

# For users of another library, and compiled where that is installed.
ADAPTERS = {
    "pgcoro/net/gssapi.hpp": "gssapi/gssapi.h",
    "pgcoro/types/json_nlohmann.hpp": "nlohmann/json.hpp",
    "pgcoro/types/json_boost.hpp": "boost/json.hpp",
}
# glaze needs C++23, and is in no distribution; src.hpp compiles the whole library, in
# tests/consumers.
NOT_COMPILED = {"pgcoro/types/json_glaze.hpp", "pgcoro/src.hpp"}

# Compiled once for all that begin with them: the dear ones that many have, which more than halves
# the whole. The later in this list the more it has.
SHARED = ["pgcoro/core/error.hpp", "pgcoro/types/codec.hpp", "pgcoro/net/asio.hpp",
          "pgcoro/session/session.hpp", "pgcoro/types/builtin.hpp", "pgcoro/client/call.hpp",
          "pgcoro/client/verbs.hpp"]


def begins_with(header: str) -> set[str]:
    """Our headers that are there, whatever the macros, before the header's own code begins."""
    found: set[str] = set()
    waiting = [header]
    while waiting:
        path = INCLUDE / waiting.pop()
        for line in path.read_text(encoding="utf-8").splitlines():
            line = line.strip()
            include = re.fullmatch(r'#include (?:"([^"]+)"|<[^>]+>)', line)
            if include is None and line not in ("", "#pragma once") and not line.startswith("//"):
                break
            if include is not None and include[1] is not None:
                other = (path.parent / include[1]).resolve().relative_to(INCLUDE).as_posix()
                if other not in found:
                    found.add(other)
                    waiting.append(other)
    return found


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    compiler = compiler_from_arguments()
    headers = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.hpp"))
    if not (NOT_COMPILED | ADAPTERS.keys() | set(SHARED)) <= set(headers):
        raise SystemExit("check_headers.py names a header that is not there")
    headers = [header for header in headers if header not in NOT_COMPILED]

    def is_installed(header: str) -> bool:
        source = directory / "installed.cpp"
        source.write_text(f"#if !__has_include(<{header}>)\n#error\n#endif\n")
        return compile_object(compiler, source, source.with_suffix(".o"), []).returncode == 0

    def compile_header(header: str):
        source = directory / (header.replace("/", "_") + ".cpp")
        text = f"#include <{header}>\n#include <{header}>\n"
        if not source.exists() or source.read_text() != text:
            source.write_text(text)
        there = begins_with(header)
        before = next((flags for name, flags in reversed(shared) if name in there), [])
        return compile_object(compiler, source, source.with_suffix(".o"), ["-O0"] + before)

    def judge(header: str, result) -> None:
        if result.returncode != 0:
            needed = ADAPTERS.get(header)
            if needed is not None and not is_installed(needed):
                raise Skip(f"<{needed}> is not installed")
            raise Failure("\n" + result.stdout)

    cases = Cases()
    with (tempfile.TemporaryDirectory(dir=directory) as precompiled,
          concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as workers):
        made = workers.map(
            lambda name: precompile(compiler, [name], pathlib.Path(precompiled), ["-O0"]), SHARED)
        shared = [(name, flags) for name, flags in zip(SHARED, made) if flags is not None]
        for header, result in zip(headers, workers.map(compile_header, headers)):
            cases.run(f"{header} compiles alone", lambda: judge(header, result))
    cases.finish()


main()
