"""A command line in this process, homes in temporary folders, and a server in a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sealed_santa.cli.main import run


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def events(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def event(self, name):
        found = [e for e in self.events if e["event"] == name]
        assert len(found) == 1, (name, self.out)
        return found[0]

    def last(self, name):
        """The last event of this name; in one draw of a hundred all decks are out, and some come again."""
        return [e for e in self.events if e["event"] == name][-1]

    @property
    def refusal(self):
        """The code of the error, which must be there once, with no traceback."""
        assert "Traceback" not in self.err
        lines = [line for line in self.err.splitlines() if line.startswith("santa: error: ")]
        assert len(lines) == 1, self.err
        return lines[0].rsplit("[", 1)[1].rstrip("]")


@pytest.fixture
def santa(tmp_path, monkeypatch, capsys):
    """Run a command: santa("join", …, home="Ann", stdin="…")."""

    def call(*argv, home="home", stdin=""):
        monkeypatch.setenv("SANTA_HOME", str(tmp_path / home))
        monkeypatch.delenv("SANTA_SERVER", raising=False)
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = run([str(a) for a in argv])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


class Process:
    """A command in a process of its own, with its standard output as events."""

    def __init__(self, home: Path, *argv: str, stdin: str | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sealed_santa", *argv],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "SANTA_HOME": str(home)},
        )  # fmt: skip
        if stdin is not None:
            self._process.stdin.write(stdin)
            self._process.stdin.close()
            self._process.stdin = None

    def line(self):
        return json.loads(self._process.stdout.readline())

    def finish(self, timeout=60):
        out, err = self._process.communicate(timeout=timeout)
        return Said(self._process.returncode, out, err)

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        return self.finish()

    def kill(self):
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start(tmp_path):
    """Start a command in a process of its own: start("Ann", "join", …)."""
    running = []

    def begin(home, *argv, stdin=None):
        process = Process(tmp_path / home, *argv, stdin=stdin)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server that all tests of a module use."""
    process = Process(tmp_path_factory.mktemp("server"), "serve", "--port", "0", "--json")
    yield process.line()["address"]
    assert process.stop().code == 0


@pytest.fixture
def new_game(santa, server):
    """Make a game and return its invite and what was printed."""

    def make(*options, home="organiser", title="A game"):
        said = santa("new", "--server", server, "--title", title, "--json", *options, home=home)
        assert said.code == 0, said.err
        return said.event("new")

    return make
