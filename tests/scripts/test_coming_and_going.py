"""Who leaves, is dropped, comes back or comes too late is told so, and nothing waits for them for ever."""

import os
import shutil
import subprocess
import sys

import pytest

from sealed_santa.net.invite import Invite, parse_address, parse_invite

NAMES = ("Ann", "Bob", "Cem", "Dot")


@pytest.fixture
def lobby(santa, new_game):
    """Four people who are in, and a player that can be dropped at once; returns the invite."""
    invite = new_game("--patience", "0s")["invites"][0]["invite"]
    for name in NAMES:
        assert santa("join", invite, "--name", name, "--no-wait", home=name).code == 0
    return invite


def test_who_leaves_at_the_live_client_takes_the_keys_along(start, santa, lobby, tmp_path):
    left = start("Dot", "join", "--json", stdin="leave\n").finish()
    assert left.code == 0, left.err
    assert left.event("left")["name"] == "Dot"
    assert left.events[-1]["event"] == "over"
    assert not list((tmp_path / "Dot").rglob("seed"))
    assert santa("join", home="Dot").refusal == "invite.missing"
    assert santa("join", lobby, "--name", "Dot", "--no-wait", home="Dot").code == 0


def test_an_identity_that_has_left_elsewhere_does_not_wait_for_ever(santa, lobby, tmp_path):
    shutil.copytree(tmp_path / "Dot", tmp_path / "copy")
    assert santa("leave", home="Dot").code == 0
    assert "you have no seat in this game" in santa("sync", home="copy").out
    said = santa("join", home="copy")
    assert said.code == 0
    assert "you have left the game" in said.out
    assert santa("games", home="copy").refusal == "game.none"


def test_who_was_dropped_is_told_and_can_look_on(santa, lobby):
    santa("start", home="Ann")
    for name in ("Bob", "Cem"):
        santa("sync", home=name)
    assert santa("drop", "Dot", home="organiser").code == 0
    said = santa("join", "--json", home="Dot")
    assert said.code == 3
    assert said.events[-1]["you"] is None
    for command in ("join", "sync", "status"):
        said = santa(command, home="Dot")
        assert "you were dropped" in said.out
        assert "welcome back" not in said.out
    assert santa("status", "--json", home="Dot").event("status")["you"] is None
    assert "you were dropped" not in santa("sync", home="Ann").out


def test_who_comes_too_late_is_told_what_the_game_waits_for(santa, lobby, tmp_path):
    santa("start", home="Ann")
    said = santa("join", lobby, "--name", "Eve", home="Eve")
    assert (said.code, said.refusal) == (2, "turn.wrong")
    assert "too late to come in: waiting for coins" in said.err
    assert not list((tmp_path / "Eve").rglob("seed"))


def test_who_comes_back_to_choose_reads_one_name(santa, lobby):
    santa("start", home="Ann")
    for name in (*NAMES, *NAMES):
        santa("sync", home=name)
    recipient = santa("status", "--recipient", "--json", home="Bob").event("recipient")["name"]
    said = santa("join", "--no-wait", home="Bob")
    assert f"you give to:  {recipient}" in said.out
    assert [n for n in NAMES if n in said.out] == [recipient]
    assert "waiting for 4 of 4 gifts" in said.out


@pytest.mark.parametrize("argv", [("demo", "--players", "3"), ("demo", "--json", "--players", "3"), ("--help",)])
def test_a_reader_that_goes_away_is_no_verdict(argv, tmp_path):
    """0 would say that all was verified, and 1 that somebody cheats."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "sealed_santa", *argv], stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60,
        env={**os.environ, "SANTA_HOME": str(tmp_path)},
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_server_that_has_moved_is_found_by_an_invite_with_its_new_address(start, santa, tmp_path):
    serve = ("serve", "--port", "0", "--data", str(tmp_path / "data"), "--json")
    first = start("server", *serve)
    address = first.line()["address"]
    made = santa("new", "--server", address, "--title", "T", "--json", home="organiser").event("new")
    invite = made["invites"][0]["invite"]
    assert santa("join", invite, "--name", "Ann", "--no-wait", home="Ann").code == 0
    assert first.stop().code == 0
    second = start("server", *serve)
    moved = parse_address(second.line()["address"])
    assert santa("sync", home="Ann").code in (1, 5)  # nobody is at the old address, or somebody else
    old = parse_invite(invite)
    again = Invite(moved, old.game, old.seed).encode()
    assert santa("join", again, "--name", "Ann", "--no-wait", home="Ann").code == 0
    assert santa("sync", home="Ann").code == 0
