"""Help, versions, typing errors; and that nothing heavy is imported for them."""

import re
import subprocess
import sys
import time
from importlib.util import find_spec

import click
import pytest

from sealed_santa import __version__
from sealed_santa.cli.main import COMMANDS, cli

BUILT = [name for name, entry in COMMANDS.items() if find_spec(f"sealed_santa.cli.{entry.module}")]


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("name", BUILT)
def test_every_command_has_help(santa, name, flag):
    said = santa(name, flag)
    assert said.code == 0
    assert said.out.startswith(f"Usage: santa {name}")
    assert "--debug" in said.out
    assert said.err == ""


@pytest.mark.parametrize("name", BUILT)
def test_the_list_says_what_the_command_says(name):
    command = cli.get_command(click.Context(cli), name)
    first = re.split(r"(?<=[.:])\s", " ".join(command.help.split()))[0]
    listed = COMMANDS[name].help
    words = set(re.findall(r"[a-z]+", listed.lower()))
    assert len(words & set(re.findall(r"[a-z]+", first.lower()))) >= 2, (listed, first)


@pytest.mark.parametrize("name", BUILT)
def test_every_option_has_help(name):
    command = cli.get_command(click.Context(cli), name)
    silent = [p.opts[0] for p in command.params if isinstance(p, click.Option) and not p.help]
    assert silent == []


def test_the_list_of_commands(santa):
    said = santa("--help")
    assert said.code == 0
    assert [name for name in COMMANDS if re.search(rf"^  {name}\s", said.out, re.M)] == list(COMMANDS)
    assert santa().out == said.out


def test_version(santa):
    assert santa("--version").out == f"santa {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "meant"), [("jion", "join"), ("stat", "start"), ("audti", "audit"), ("transcripts", "transcript")]
)
def test_did_you_mean(santa, typed, meant):
    said = santa(typed)
    assert (said.code, said.refusal) == (2, "command.unknown")
    assert meant in said.err


def test_a_command_that_is_like_nothing(santa):
    said = santa("xyzzy")
    assert (said.code, said.refusal) == (2, "command.unknown")
    assert "santa --help" in said.err


@pytest.mark.parametrize(
    "argv",
    [("join", "--nmae", "Ann"), ("serve", "--port", "70000"), ("serve", "--port", "x"), ("demo", "--players", "2"),
     ("demo", "--mode", "open"), ("audit",), ("drop",), ("join", "a", "b"), ("--nothing",), ("completion", "tcsh")],
)  # fmt: skip
def test_wrong_use_is_2_with_the_commands_help_as_hint(santa, argv):
    said = santa(*argv)
    assert (said.code, said.refusal) == (2, "usage")
    assert "santa: hint: santa" in said.err
    assert said.out == ""


def test_wrong_use_with_json_is_an_object(santa):
    said = santa("serve", "--port", "x", "--json")
    assert said.code == 2
    error = said.event("error")
    assert (error["code"], error["blame"]["party"]) == ("usage", "you")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(santa, shell):
    said = santa("completion", shell)
    assert said.code == 0
    assert "_SANTA_COMPLETE" in said.out
    assert "\\u{" not in said.out


def test_help_imports_no_cryptography_and_is_quick():
    code = (
        "import sys; from sealed_santa.cli.main import run; run(['--help']);"
        "bad = [m for m in ('nacl', 'cryptography', 'rich', 'msgspec', 'networkx', 'segno', 'jinja2', 'asyncio')"
        " if m in sys.modules]; sys.exit(str(bad) if bad else 0)"
    )
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        times.append(time.perf_counter() - begun)
        assert done.returncode == 0, done.stderr
    assert min(times) < 1.0  # 0.08 s on an idle machine; benchmarks/ has the figure
