"""The core of the classic game is pure: no clock, no sockets, no randomness of its own; only the shell has them."""

import ast
from pathlib import Path

import pytest

import sealed_santa.classic

ROOM = Path(sealed_santa.classic.__file__).parent
OUTSIDE = {"asyncio", "socket", "secrets", "random", "time", "datetime", "os", "io", "threading", "sys", "click"}
ALLOWED = ("sealed_santa.base.", "sealed_santa.classic.", "sealed_santa.game.catalogue")


def imports(module):
    found = set()
    for node in ast.walk(ast.parse((ROOM / module).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return found


def test_there_are_a_core_and_a_shell():
    modules = {path.name for path in ROOM.glob("*.py")}
    assert modules == {"__init__.py", "draw.py", "lines.py", "game.py", "server.py", "client.py", "loopback.py"}
    assert "asyncio" in imports("server.py")


@pytest.mark.parametrize("module", ["draw.py", "lines.py", "game.py"])
def test_the_core_takes_nothing_from_outside(module):
    assert {name.split(".")[0] for name in imports(module)} & OUTSIDE == set()


@pytest.mark.parametrize("module", ["draw.py", "lines.py", "game.py", "server.py", "client.py", "loopback.py"])
def test_the_room_needs_names_errors_and_the_dictionary_alone(module):
    ours = {name for name in imports(module) if name.startswith("sealed_santa")}
    assert all(name.startswith(ALLOWED) for name in ours), ours
