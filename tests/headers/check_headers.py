"""Every public header compiles alone, twice included, without warnings."""

import concurrent.futures
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from compiling import INCLUDE, compile_object, compiler_from_arguments  # noqa: E402
from tally import Cases, Failure  # noqa: E402


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    compiler = compiler_from_arguments()
    headers = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.hpp"))

    def compile_header(header: str):
        source = directory / (header.replace("/", "_") + ".cpp")
        text = f"#include <{header}>\n#include <{header}>\n"
        if not source.exists() or source.read_text() != text:
            source.write_text(text)
        return compile_object(compiler, source, source.with_suffix(".o"), ["-O0"])

    def judge(result) -> None:
        if result.returncode != 0:
            raise Failure("\n" + result.stdout)

    cases = Cases()
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        for header, result in zip(headers, workers.map(compile_header, headers)):
            cases.run(f"{header} compiles alone", lambda: judge(result))
    cases.finish()


main()
