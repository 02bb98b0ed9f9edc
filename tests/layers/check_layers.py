"""Reads the includes of include/pgcoro and fails on any arrow that points up or sideways."""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from compiling import INCLUDE  # noqa: E402
from tally import Cases, Failure  # noqa: E402

BELOW_CLIENT = {"core", "protocol", "auth", "types", "row", "session", "net"}
MAY_USE = {
    "core": set(),
    "protocol": {"core"},
    "auth": {"core"},
    "types": {"core"},
    "row": {"types", "protocol", "core"},
    "session": {"protocol", "auth", "core"},
    "net": {"session", "protocol", "auth", "core"},
    "client": BELOW_CLIENT,
    "pool": BELOW_CLIENT | {"client"},
    "testing": BELOW_CLIENT | {"client"},
}
SANS_IO = {"core", "protocol", "auth", "types", "row", "session"}
USES_ASIO = {"net", "client", "pool"}
INCLUDE_LINE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
SYSTEM_CALLS = re.compile(
    r"^(sys/|netinet/|arpa/|unistd\.h|poll\.h|netdb\.h|fcntl\.h|pthread\.h|windows\.h|winsock)")


def complaints(file: pathlib.Path, root: pathlib.Path) -> list[str]:
    """What is wrong with the includes of one header below root/pgcoro."""
    inside = file.relative_to(root / "pgcoro")
    layer = inside.parts[0] if len(inside.parts) > 1 else None
    if layer is not None and layer not in MAY_USE:
        return [f"pgcoro/{inside}: {layer} is not a layer"]
    found = []
    for bracket, name in INCLUDE_LINE.findall(file.read_text(encoding="utf-8")):
        target = None
        if bracket == '"':
            target = (file.parent / name).resolve()
        elif name.startswith("pgcoro/"):
            target = (root / name).resolve()
        reason = None
        if target is not None:
            if not target.is_relative_to((root / "pgcoro").resolve()):
                reason = "outside of include/pgcoro"
            elif not target.is_file():
                reason = "no such file"
            elif layer is not None:
                parts = target.relative_to((root / "pgcoro").resolve()).parts
                if len(parts) == 1:
                    reason = "a layer may not use what includes all layers"
                elif parts[0] != layer and parts[0] not in MAY_USE[layer]:
                    reason = f"{layer} may not use {parts[0]}"
        else:
            reason = foreign_complaint(layer, name)
        if reason is not None:
            found.append(f"pgcoro/{inside} includes {name}: {reason}")
    return found


def foreign_complaint(layer: str | None, name: str) -> str | None:
    if name == "asio.hpp":
        return "all of Asio takes too long to compile; include what is needed"
    if name.startswith("asio/") and layer not in USES_ASIO:
        return "only net, client and pool know Asio"
    if name == "openssl/ssl.h" and layer != "net":
        return "only net knows TLS"
    if name.startswith("openssl/") and layer not in {"auth", "net"}:
        return "only auth and net know OpenSSL"
    if layer in SANS_IO and SYSTEM_CALLS.match(name):
        return f"{layer} does no input or output"
    return None


def check_tree(root: pathlib.Path) -> list[str]:
    files = sorted((root / "pgcoro").rglob("*.hpp"))
    if not files:
        return [f"no headers in {root}"]
    return [line for file in files for line in complaints(file, root)]


def planted(path: str, line: str) -> list[str]:
    """The complaints about a tree in which one header has a wrong include."""
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for layer in MAY_USE:
            (root / "pgcoro" / layer).mkdir(parents=True)
            (root / "pgcoro" / layer / "a.hpp").write_text("#include <vector>\n")
        (root / "pgcoro" / "pgcoro.hpp").write_text('#include "client/a.hpp"\n')
        if check_tree(root):
            raise Failure("a tree without wrong arrows is refused")
        (root / "pgcoro" / path).parent.mkdir(exist_ok=True)
        (root / "pgcoro" / path).write_text(line + "\n")
        return check_tree(root)


WRONG = [
    ("core/b.hpp", '#include "../protocol/a.hpp"'),
    ("row/b.hpp", '  #  include "../session/a.hpp"'),
    ("session/b.hpp", "#include <pgcoro/row/a.hpp>"),
    ("net/b.hpp", '#include "../types/a.hpp"'),
    ("client/b.hpp", '#include "../pool/a.hpp"'),
    ("client/b.hpp", '#include "../pgcoro.hpp"'),
    ("client/b.hpp", '#include "missing.hpp"'),
    ("session/b.hpp", "#include <asio/post.hpp>"),
    ("session/b.hpp", "#include <sys/socket.h>"),
    ("auth/b.hpp", "#include <openssl/ssl.h>"),
    ("types/b.hpp", "#include <openssl/evp.h>"),
    ("net/b.hpp", "#include <asio.hpp>"),
    ("testing/b.hpp", "#include <asio/post.hpp>"),
    ("utils/b.hpp", "#include <vector>"),
]


def main() -> None:
    cases = Cases()

    def arrows() -> None:
        wrong = check_tree(INCLUDE)
        if wrong:
            raise Failure("\n  ".join(["wrong includes:"] + wrong))

    def self_test() -> None:
        for path, line in WRONG:
            found = planted(path, line)
            if len(found) != 1:
                raise Failure(f"{line} in {path} should be one complaint, not {found}")

    cases.run("headers include their own layer and lower ones only", arrows)
    cases.run("a wrong include would be found", self_test)
    cases.finish()


main()
