"""The house: order of the rooms, who may import what, sizes, names. See docs/decisions and the layer map."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "sealed_santa"
SRC = ROOT / "src" / PACKAGE
LEVEL = {
    "base": 0, "crypto": 1, "proofs": 2, "log": 3, "game": 4, "audit": 5, "roles": 5, "wire": 6, "classic": 6,
    "lab": 7, "net": 8, "cli": 9,
}  # fmt: skip
BELOW_NET = tuple(room for room, level in LEVEL.items() if level < LEVEL["net"] and room != "classic")

# What the outside world gives: below net/ it arrives as an argument.
OUTSIDE = {
    "time", "datetime", "random", "secrets", "os", "io", "socket", "ssl", "asyncio", "threading", "multiprocessing",
    "subprocess", "logging", "sqlite3", "shutil", "tempfile", "pathlib", "sys", "signal", "uuid", "urllib", "http",
    "click", "rich", "platformdirs",
}  # fmt: skip
# Threads for long sums, in the one module that multiplies points: it waits for all of them, so nobody sees the
# order. It asks the system how many processors there are, and nothing else.
THREADS = "crypto/group.py"
PROCESSORS = {"sys.platform", "os.sched_getaffinity", "os.cpu_count"}
NACL = {"nacl"}
CRYPTOGRAPHY = {"cryptography"}
# Certificates, and errors of it, are files and wires; keys and boxes are crypto/'s.
TLS = {"net/tls.py"}
# A simulator is driven from outside and changes: entries, clock, wishes. Everything in it is a value.
DRIVERS = {("lab/simulator.py", "Simulator")}
BANNED = {"utils", "util", "common", "helper", "helpers", "manager", "misc", "tools"}
MAX_LINES, MAX_FUNCTION = 420, 70


@cache
def modules() -> tuple[Path, ...]:
    return tuple(sorted(SRC.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def short(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


def dotted(path: Path) -> str:
    parts = path.relative_to(SRC.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every module that is imported, wherever: at the top, in a function, for types only."""
    package = dotted(path).split(".") if path.name == "__init__.py" else dotted(path).split(".")[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [base])])
            yield base, node.lineno
            for alias in node.names:  # `from room import module` imports a module, too
                yield f"{base}.{alias.name}", node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), node.lineno


def room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 and parts[1] in LEVEL else None


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name, _ in imports(path)}


def in_rooms(*rooms: str) -> list[Path]:
    return [path for path in modules() if path.relative_to(SRC).parts[0] in rooms]


def test_there_is_something_to_look_at() -> None:
    assert len(modules()) > 40
    assert {path.relative_to(SRC).parts[0] for path in modules()} - {"__init__.py", "__main__.py"} <= set(LEVEL)


# --- the order of the rooms ---------------------------------------------------------------------


def test_rooms_import_only_rooms_above_them() -> None:
    wrong = []
    for path in modules():
        here = room(dotted(path) + ".x")
        if here is None:
            continue
        for name, line in imports(path):
            there = room(name)
            if there is not None and there != here and LEVEL[there] >= LEVEL[here]:
                wrong.append(f"{short(path)}:{line} imports {there}")
    assert wrong == []


def test_audit_and_roles_are_strangers() -> None:
    for one, other in (("audit", "roles"), ("roles", "audit")):
        assert [short(p) for p in in_rooms(one) if any(room(name) == other for name, _ in imports(p))] == []


def test_the_package_itself_imports_nothing() -> None:
    assert list(imports(SRC / "__init__.py")) == []


def test_nobody_imports_the_classic_game_but_lab_and_cli() -> None:
    players = [path for path in modules() if any(room(name) == "classic" for name, _ in imports(path))]
    users = {path.relative_to(SRC).parts[0] for path in players}
    assert users <= {"classic", "lab", "cli"}


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = nx.DiGraph()
    names = {dotted(path) for path in modules()}
    for path in modules():
        for name, _ in imports(path):
            if name in names and name != dotted(path):
                graph.add_edge(dotted(path), name)
    assert [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1] == []


def test_the_walk_sees_imports_in_functions_and_for_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above would be worth nothing otherwise."""
    module = tmp_path / PACKAGE / "base" / "odd.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from sealed_santa.net import server\n"
        "def f():\n    import sealed_santa.cli.main\n    from ..game import rules\n"
        "    __import__('sealed_santa.lab.simulator')\n"
    )
    monkeypatch.setitem(globals(), "SRC", tmp_path / PACKAGE)
    found = {room(name) for name, _ in imports(module)}
    assert {"net", "cli", "game", "lab"} <= found


# --- who may import what ------------------------------------------------------------------------


def test_only_crypto_imports_the_cryptography_of_others() -> None:
    wrong = []
    for path in modules():
        if path.relative_to(SRC).parts[0] == "crypto":
            continue
        allowed = CRYPTOGRAPHY if short(path) in TLS else set()
        wrong += [f"{short(path)}: {name}" for name in roots(path) & (NACL | CRYPTOGRAPHY) - allowed]
    assert wrong == []


def test_tls_takes_certificates_and_no_keys_of_the_game() -> None:
    allowed = ("cryptography.x509", "cryptography.hazmat.primitives", "cryptography.exceptions", "cryptography")
    names = [n for p in modules() if short(p) in TLS for n, _ in imports(p) if n.split(".")[0] == "cryptography"]
    assert all(n.startswith(allowed) for n in names)
    assert not any(word in n for n in names for word in ("ed25519", "x25519", "hpke", "hkdf"))


def test_no_verifier_imports_a_prover() -> None:
    for path in in_rooms("proofs"):
        if path.name != "prove.py":
            assert not any("prove" in name.split(".") for name, _ in imports(path)), short(path)
    for path in in_rooms("game", "audit", "log", "wire"):
        assert not any("prove" in name.split(".") for name, _ in imports(path)), short(path)


def test_the_verifiers_of_a_game_do_not_import_the_dealer() -> None:
    for path in in_rooms("game", "audit", "proofs", "log"):
        assert not any(room(name) == "roles" for name, _ in imports(path)), short(path)


def test_no_clock_no_randomness_no_io_below_net() -> None:
    wrong = []
    for path in in_rooms(*BELOW_NET):
        allowed = {"os", "sys", "concurrent"} if short(path) == THREADS else set()
        wrong += [f"{short(path)}: {name}" for name in roots(path) & (OUTSIDE | {"concurrent"}) - allowed]
    assert wrong == []


def test_the_module_with_threads_asks_for_processors_only() -> None:
    asked = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree(SRC / THREADS))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("os", "sys")
    }
    assert asked <= PROCESSORS
    assert {name for name, _ in imports(SRC / THREADS) if name.startswith("concurrent")} <= {
        "concurrent.futures", "concurrent.futures.ThreadPoolExecutor",
    }  # fmt: skip


def test_nothing_is_opened_printed_or_evaluated_below_net() -> None:
    wrong = []
    for path in in_rooms(*BELOW_NET):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                if name in {"open", "print", "input", "eval", "exec"} or method in {"write_text", "write_bytes"}:
                    wrong.append(f"{short(path)}:{node.lineno} {name or method}")
    assert wrong == []


def test_nobody_pickles_or_uses_the_weak_source() -> None:
    banned = {"pickle", "marshal", "shelve", "random", "rbcl", "questionary"}
    assert [short(p) for p in modules() if roots(p) & banned] == []


def test_only_the_command_line_writes_to_a_terminal() -> None:
    wrong = []
    for path in modules():
        if path.relative_to(SRC).parts[0] == "cli":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                wrong.append(f"{short(path)}:{node.lineno}")
    assert wrong == []


# --- values -------------------------------------------------------------------------------------


def frozen(decorator: ast.expr) -> bool | None:
    """Return whether a dataclass decorator says frozen=True; None if it is another decorator."""
    call = decorator if isinstance(decorator, ast.Call) else None
    name = call.func if call else decorator
    if (name.id if isinstance(name, ast.Name) else getattr(name, "attr", "")) != "dataclass":
        return None
    given = {k.arg: k.value for k in call.keywords} if call else {}
    value = given.get("frozen")
    return isinstance(value, ast.Constant) and value.value is True


def test_dataclasses_below_net_are_frozen() -> None:
    wrong = []
    for path in in_rooms(*BELOW_NET):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and (short(path), node.name) not in DRIVERS:
                wrong += [f"{short(path)}: {node.name}" for d in node.decorator_list if frozen(d) is False]
    assert wrong == []


def test_no_verdict_is_an_assertion() -> None:
    wrong = [f"{short(p)}:{n.lineno}" for p in modules() for n in ast.walk(tree(p)) if isinstance(n, ast.Assert)]
    assert wrong == []


# --- sizes and names ----------------------------------------------------------------------------


def test_modules_are_short() -> None:
    lengths = {short(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {name: n for name, n in lengths.items() if n > MAX_LINES} == {}


def test_functions_are_short() -> None:
    wrong = {}
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION:
                    wrong[f"{short(path)}:{node.name}"] = length
    assert wrong == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    words = {short(p): set(re.split(r"[_/]", short(p).removesuffix(".py"))) for p in modules()}
    assert [name for name, parts in words.items() if parts & BANNED] == []


def test_every_module_says_what_it_is() -> None:
    silent = [short(p) for p in modules() if p.read_text("utf-8").strip() and not ast.get_docstring(tree(p))]
    assert silent == []


def test_every_public_function_below_net_has_a_docstring() -> None:
    silent = []
    for path in in_rooms(*(r for r in BELOW_NET if r != "lab")):
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{short(path)}: {node.name}")
    assert silent == []


# --- the page -----------------------------------------------------------------------------------


def headings() -> tuple[set[str], set[str]]:
    page = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    found = re.findall(r"^#{2,4} (\d+(?:\.\d+)*)\.? (.+)$", page, re.M)
    return {number for number, _ in found}, {title.strip() for _, title in found}


CITED = re.compile(r"docs/protocol\.md(?:, (?:sections? )?([^);:\n]*))?")


def citations() -> Iterator[tuple[str, str]]:
    """Yield (module, number) for every section of the page that the code cites."""
    for path in modules():
        text = re.sub(r"\s+", " ", path.read_text("utf-8"))
        for match in CITED.finditer(text):
            for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)*(?!\w)", match.group(1) or ""):
                yield short(path), number


def test_sections_that_the_code_cites_exist() -> None:
    numbers, _ = headings()
    cited = list(citations())
    assert len(cited) > 20
    assert [f"{module} cites {number}" for module, number in cited if number not in numbers] == []


def test_titles_that_the_code_cites_exist() -> None:
    _, titles = headings()
    wrong = []
    for path in modules():
        text = re.sub(r"\s+", " ", path.read_text("utf-8"))
        for cited in re.findall(r"docs/protocol\.md, (?:section )?\"([^\"]+)\"", text):
            if cited not in titles:
                wrong.append(f"{short(path)} cites {cited!r}")
    assert wrong == []
