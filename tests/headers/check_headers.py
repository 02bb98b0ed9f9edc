"""Every public header compiles alone, twice included, without warnings."""

import concurrent.futures
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from compiling import INCLUDE, compile_object, compiler_from_arguments  # noqa: E402
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


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    compiler = compiler_from_arguments()
    headers = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.hpp"))
    if not (NOT_COMPILED | ADAPTERS.keys()) <= set(headers):
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
        return compile_object(compiler, source, source.with_suffix(".o"), ["-O0"])

    def judge(header: str, result) -> None:
        if result.returncode != 0:
            needed = ADAPTERS.get(header)
            if needed is not None and not is_installed(needed):
                raise Skip(f"<{needed}> is not installed")
            raise Failure("\n" + result.stdout)

    cases = Cases()
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        for header, result in zip(headers, workers.map(compile_header, headers)):
            cases.run(f"{header} compiles alone", lambda: judge(header, result))
    cases.finish()


main()
