"""Foreign projects build and run with the library: by the compiler alone, as a Meson subproject,
and from the installed tree with CMake and with pkg-config."""

import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from compiling import INCLUDE, ROOT, STRICT, compiler_from_arguments  # noqa: E402
from tally import Cases, Failure, Skip  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MAIN = HERE / "plain" / "main.cpp"


class Consumers:
    def __init__(self, directory: pathlib.Path, compiler: list[str]) -> None:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        self.directory = directory
        self.compiler = compiler
        self.prefix = directory / "installed"
        self.environment = os.environ | {"CXX": " ".join(compiler), "LC_ALL": "C"}
        for name in ["CXXFLAGS", "LDFLAGS", "DESTDIR"]:
            self.environment.pop(name, None)

    def run(self, *command: object, **variables: str) -> str:
        result = subprocess.run(
            [str(word) for word in command], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, stdin=subprocess.DEVNULL,
            env=self.environment | variables)
        if result.returncode != 0:
            raise Failure(" ".join(str(word) for word in command) + "\n" + result.stdout)
        return result.stdout

    def expect_it_runs(self, program: pathlib.Path) -> None:
        if "PostgreSQL" not in self.run(program):
            raise Failure(f"{program} says nothing")

    def project(self, name: str) -> pathlib.Path:
        """A copy of the foreign project: its files and the program."""
        project = self.directory / name
        shutil.copytree(HERE / name, project)
        shutil.copy(MAIN, project)
        return project

    def plain(self) -> None:
        program = self.directory / "plain"
        self.run(*self.compiler, "-std=c++20", "-I", INCLUDE, MAIN, "-o", program,
                 "-lssl", "-lcrypto", "-pthread")
        self.expect_it_runs(program)

    def separate(self) -> None:
        """One file compiles the library, the other only its own part: alone it is no program."""
        flags = [*STRICT, "-DPGCORO_SEPARATE_COMPILATION", "-c", "-o"]
        objects = [self.directory / "separate_main.o", self.directory / "separate_library.o"]
        library = self.directory / "separate_library.cpp"
        library.write_text("#include <pgcoro/pgcoro.hpp>\n" + "#include <pgcoro/src.hpp>\n" * 2)
        for source, target in zip([HERE / "separate" / "main.cpp", library], objects):
            self.run(*self.compiler, *flags, target, source)
        program = self.directory / "separate"
        link = ["-o", program, "-lssl", "-lcrypto", "-pthread"]
        try:
            self.run(*self.compiler, objects[0], *link)
        except Failure as refused:
            if not all(each in str(refused) for each in ["pgcoro::connect<", "pgcoro::driver<",
                                                         "pgcoro::basic_pool<"]):
                raise
        else:
            raise Failure("the program's own file has compiled what is the library's")
        self.run(*self.compiler, *objects, *link)
        self.expect_it_runs(program)

    def meson_subproject(self) -> None:
        project = self.project("meson")
        (project / "subprojects").mkdir()
        (project / "subprojects" / "pgcoro").symlink_to(ROOT)
        build = project / "build"
        self.run("meson", "setup", build, project)
        self.run("ninja", "-C", build)
        self.expect_it_runs(build / "consumer")

    def install(self) -> None:
        build = self.directory / "install"
        self.run("meson", "setup", build, ROOT, "--prefix", self.prefix, "-Dtests=disabled",
                 "-Dexamples=disabled")
        self.run("meson", "install", "-C", build)

    def cmake(self) -> None:
        if shutil.which("cmake") is None:
            raise Skip("there is no cmake")
        project = self.project("cmake")
        build = project / "build"
        self.run("cmake", "-S", project, "-B", build, "-G", "Ninja",
                 f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.run("cmake", "--build", build)
        self.expect_it_runs(build / "consumer")

    def pkg_config(self) -> None:
        if shutil.which("pkg-config") is None:
            raise Skip("there is no pkg-config")
        flags = self.run("pkg-config", "--cflags", "--libs", "pgcoro",
                         PKG_CONFIG_PATH=str(self.prefix / "share" / "pkgconfig")).split()
        program = self.directory / "pkg_config"
        self.run(*self.compiler, "-std=c++20", MAIN, "-o", program, *flags)
        self.expect_it_runs(program)


def main() -> None:
    consumers = Consumers(pathlib.Path(sys.argv[1]), compiler_from_arguments())
    cases = Cases()
    cases.run("a program built by the compiler alone", consumers.plain)
    cases.run("a program of two files, of which one compiles the library", consumers.separate)
    cases.run("a Meson project with pgcoro as its subproject", consumers.meson_subproject)
    cases.run("the headers are installed", consumers.install)
    cases.run("a CMake project that finds the installed package", consumers.cmake)
    cases.run("a program built with pkg-config's flags", consumers.pkg_config)
    cases.finish()


main()
