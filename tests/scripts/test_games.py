"""Whole games from the command line: by people who look in, by clients that play by themselves, and the demo."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from script_cases import check_documented, documented
from sealed_santa.base.canon import b64
from sealed_santa.log.archive import parse_transcript

NAMES = ("Annabel", "Bobby", "Cemil", "Dorothy", "Esther")


@pytest.fixture
def lobby(santa, new_game, tmp_path):
    """Five people with an invite each, all in; returns what `new` said."""
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    made = new_game("--invites", tmp_path / "names.txt", "--exclude", "Annabel,Bobby", "--budget", "about 20")
    for invite in made["invites"]:
        said = santa("join", invite["invite"], "--name", invite["name"], "--no-wait", "--json",
                     "--wish", "something warm", home=invite["name"])  # fmt: skip
        assert said.code == 0, said.err
        check_documented(said)
    return made


def test_weeks_may_lie_between_two_steps(santa, lobby, tmp_path):
    forecast = lobby["forecast"]
    assert forecast["possible_santas"]["Annabel"] == 3
    assert forecast["exact"]
    status = santa("sync", "--json", home="Annabel").event("status")
    assert status["players"] == list(NAMES)
    assert status["next"][0] == {"command": "santa start", "purpose": "lock the roster and draw", "yours": True}

    started = santa("start", "--json", home="Cemil")
    check_documented(started)
    assert started.event("started")["by"] == "Cemil"
    assert started.event("status")["phase"] == "coins"
    assert santa("leave", home="Bobby").refusal == "turn.wrong"
    for name in NAMES[:-1]:
        said = santa("sync", "--json", home=name)
        check_documented(said)
        assert said.event("status")["phase"] == "coins"
    assert santa("status", "--json", home="Dorothy").event("status")["waits_for"] == ["Esther"]
    assert santa("give", "--gift", "scarf", home="Dorothy").refusal == "gift.too-early"
    last = santa("sync", "--json", home="Esther")
    assert last.event("status")["phase"] == "choosing"
    words = last.last("words")["words"]
    assert last.event("deal")["verified"]

    for name in NAMES:
        said = santa("sync", home=name)
        assert said.code == 0
        assert "next:  santa give" in said.err
        assert santa("status", "--json", home=name).event("status")["words"] == words

    only = santa("status", "--recipient", home="Annabel")
    assert sum(name in only.out + only.err for name in NAMES) == 1
    assert "Bobby" not in only.out

    offered = santa("give", "--list", "--json", home="Annabel").event("choose")
    assert len(offered["suggested"]) == 5
    assert santa("give", "--list", "--json", home="Annabel").event("choose") == offered
    assert santa("give", "--gift", "a pony", home="Annabel").refusal == "gift.unknown"
    assert santa("give", "--gift", "scarf", "--note", "\x1b[31m", home="Annabel").refusal == "note.character"
    assert santa("give", "--gift", "scarf", "--note", "x" * 511, home="Annabel").refusal == "note.too-long"
    assert santa("give", home="Annabel").refusal == "input.missing"

    (tmp_path / "note.txt").write_text("dear you,\nkeep warm\n")
    for name in NAMES[:-1]:
        said = santa("give", "--gift", "1", "--note", f"@{tmp_path}/note.txt", "--json", home=name)
        check_documented(said)
        assert said.code == 0, said.err
    again = santa("give", "--gift", "mittens", "--note", "this instead", "--json", home="Annabel")
    assert (again.code, again.event("status")["gifts"]) == (0, 4)

    closed = santa("close", "--json", home="organiser")
    check_documented(closed)
    assert closed.event("closed") == {"event": "closed", "by": "organiser", "missing": 1}
    assert closed.event("status")["phase"] == "delivered"

    parcels = {}
    for name in NAMES:
        said = santa("sync", "--json", home=name)
        check_documented(said)
        parcels[name] = said.event("parcel")
    called = santa("reveal", "--json", home="organiser")
    check_documented(called)
    pairs = dict(called.event("reveal")["pairs"])
    assert santa("give", "--gift", "scarf", home="Esther").refusal == "gift.too-late"
    santas = {recipient: giver for giver, recipient in pairs.items()}
    for name in NAMES:
        assert santa("sync", "--json", home=name).event("status")["phase"] == "over"
        parcel = parcels[name]
        again = santa("status", "--parcel", "--json", home=name)
        assert again.event("parcel") == parcel
        assert again.event("santa")["name"] == santas[name]
        assert parcel["gift"]["house"] == (santas[name] == "Esther")
        if santas[name] == "Annabel":
            assert (parcel["gift"]["id"], parcel["note"]) == ("mittens", "this instead")
        elif santas[name] != "Esther":
            assert parcel["note"] == "dear you,\nkeep warm"
    assert pairs["Annabel"] != "Bobby"
    check_afterwards(santa, tmp_path, pairs)


def check_afterwards(santa, tmp_path, pairs):
    out = tmp_path / "game.santa"
    said = santa("transcript", "--out", out, "--json", home="Bobby")
    check_documented(said)
    entries = parse_transcript(out.read_bytes())
    assert said.event("transcript")["head"] == b64(entries[-1].hash)
    assert santa("transcript", "--out", out, home="Bobby").refusal == "file.exists"
    for who in (NAMES[0], NAMES[4]):
        report = santa("audit", out, "--as", who, "--json", home=who)
        assert report.code == 0, report.out
        checks = {c["id"]: c["status"] for c in report.event("audit")["checks"]}
        assert checks["A50"] == checks["A52"] == "passed"
        assert checks["A54"] == "does not apply"  # the keys are deleted after the game
    other = tmp_path / "other.santa"
    assert santa("transcript", "--out", other, home="Cemil").code == 0
    assert santa("audit", out, "--with", other, "--json").event("audit")["with"]["exit"] == 0
    seats = santa("games", "--json", home="Annabel")
    check_documented(seats)
    assert seats.event("seat")["phase"] == "over"


def test_last_years_pairs_are_forbidden(santa, server, tmp_path):
    out = tmp_path / "last.santa"
    assert santa("demo", "--players", "4", "--out", out).code == 0
    (tmp_path / "names.txt").write_text("\n".join(("Ada", "Bruno", "Chloe", "Dmitri", "Elif", "Farid")))
    said = santa("new", "--server", server, "--title", "T", "--invites", tmp_path / "names.txt", "--last-year", out,
                 "--json", home="o")  # fmt: skip
    assert said.code == 0, said.err
    assert said.event("new")["forecast"]["possible_santas"]["Ada"] == 4


def test_clients_that_play_by_themselves(start, new_game):
    invite = new_game("--reveal", "private")["invites"][0]["invite"]
    clients = {
        name: start(name, "join", "-", "--name", name, "--auto", "--start-when", "4", "--json", stdin=invite)
        for name in NAMES[:4]
    }
    said = {name: client.finish() for name, client in clients.items()}
    over = {}
    for name, one in said.items():
        assert one.code == 0, one.err
        assert "Traceback" not in one.err
        check_documented(one)
        assert one.events[-1]["event"] == "over"
        over[name] = one.events[-1]
    assert len({o["head"] for o in over.values()}) <= len(over)
    assert {over[o["recipient"]]["santa"] for o in over.values()} == set(over)
    assert all(over[o["recipient"]]["santa"] == name for name, o in over.items())
    assert len({tuple(one.last("words")["words"]) for one in said.values()}) == 1


def test_a_client_without_anybody_to_ask_says_so_when_it_must_choose(start, new_game):
    invite = new_game()["invites"][0]["invite"]
    others = [start(n, "join", "-", "--name", n, "--auto", "--start-when", "3", stdin=invite) for n in NAMES[:2]]
    mute = start("Cemil", "join", invite, "--name", "Cemil", "--json")
    said = mute.finish()
    assert (said.code, said.refusal) == (2, "input.missing")
    assert "santa give --gift" in said.err
    for other in others:
        other.kill()


def test_a_game_is_played_from_flags_alone(start, new_game):
    invite = new_game("--reveal", "never")["invites"][0]["invite"]
    clients = [
        start(n, "join", invite, "--name", n, "--gift", "mittens", "--note", f"from {n}", "--start-when", "3", "--json")
        for n in NAMES[:3]
    ]
    for client in clients:
        said = client.finish()
        assert said.code == 0, said.err
        assert said.event("parcel")["gift"]["id"] == "mittens"
        assert said.event("parcel")["note"].startswith("from ")
        assert said.events[-1]["santa"] is None


def test_names_and_notes_cannot_paint_the_terminal(start, new_game):
    """What the rules let in is shown as it is; what they do not let in never gets into a log."""
    invite = new_game(title="[red]T[/red]")["invites"][0]["invite"]
    names = ("[bold]Ann[/bold]", ":santa:", "100% Cem \\u{1B}")
    clients = [
        start(str(k), "join", invite, "--name", n, "--gift", "scarf", "--note", "[blink]hi", "--start-when", "3")
        for k, n in enumerate(names)
    ]
    for client in clients:
        said = client.finish()
        assert said.code == 0, said.err
        assert "\x1b" not in said.out + said.err
        assert all(n in said.out for n in names)
        assert "    | [blink]hi" in said.out


def test_the_same_person_comes_back(santa, start, new_game):
    invite = new_game()["invites"][0]["invite"]
    assert santa("join", invite, "--name", "Annabel", "--no-wait", home="Annabel").code == 0
    again = santa("join", invite, "--name", "Annabel", "--no-wait", home="Annabel")
    assert again.code == 0
    assert "welcome back" in again.out
    assert santa("join", "--no-wait", home="Annabel").code == 0
    two = [start(n, "join", invite, "--name", n, "--auto", "--start-when", "3") for n in NAMES[1:3]]
    last = start("Annabel", "join", "--auto", "--json")
    assert last.finish().events[-1]["you"] == "Annabel"
    assert [t.finish().code for t in two] == [0, 0]


def test_several_games_in_one_home(santa, new_game):
    first = new_game(title="First")
    second = new_game(title="Second")
    for made in (first, second):
        assert santa("join", made["invites"][0]["invite"], "--name", "Ann", "--no-wait", home="Ann").code == 0
    said = santa("status", home="Ann")
    assert (said.code, said.refusal) == (2, "game.several")
    assert "First" in said.err
    assert "Second" in said.err
    assert santa("status", "--game", "first", "--json", home="Ann").event("status")["game"] == first["game"]
    assert santa("status", "--game", second["game"][:5], "--json", home="Ann").event("status")["title"] == "Second"
    step = re.search(r"next:  (santa \S+.*?)(    #|$)", santa("sync", "--game", "First", home="Ann").err, re.M)[1]
    assert f"--game={first['game'][:8]}" in step
    assert len(santa("games", "--json", home="Ann").events) == 2


def test_leaving_frees_name_and_invite(santa, lobby):
    invite = next(i["invite"] for i in lobby["invites"] if i["name"] == "Bobby")
    said = santa("leave", "--json", home="Bobby")
    check_documented(said)
    assert said.event("gone")["name"] == "Bobby"
    assert santa("games", home="Bobby").refusal == "game.none"
    assert santa("join", invite, "--name", "Bobby", "--no-wait", home="Bobby").code == 0


def test_a_player_without_a_coin_is_dropped(santa, new_game):
    invite = new_game("--patience", "0s")["invites"][0]["invite"]
    for name in NAMES[:4]:
        assert santa("join", invite, "--name", name, "--no-wait", home=name).code == 0
    assert santa("start", home="organiser").code == 0
    for name in NAMES[:3]:
        santa("sync", home=name)
    said = santa("drop", "Annabel", home="organiser")
    assert (said.code, said.refusal) == (2, "drop.has-coin")
    said = santa("drop", "Dorothy", "--json", home="organiser")
    check_documented(said)
    assert said.event("dropped")["names"] == ["Dorothy"]
    assert "dropped" in santa("sync", home="Dorothy").out
    assert santa("sync", "--json", home="Annabel").event("status")["round"] == 2


def test_patience_is_explained(santa, new_game):
    invite = new_game("--patience", "2h")["invites"][0]["invite"]
    for name in NAMES[:4]:
        assert santa("join", invite, "--name", name, "--no-wait", home=name).code == 0
    assert santa("start", home="organiser").code == 0
    said = santa("drop", "Dorothy", home="organiser")
    assert (said.code, said.refusal) == (2, "drop.too-early")
    assert "2 hours" in said.err


def test_host_says_what_it_holds(start):
    process = start("host", "host", "--port", "0", "--title", "Evening", "--json")
    ready, made = process.line(), process.line()
    assert (ready["event"], made["event"], made["shared"]) == ("ready", "new", True)
    assert process.stop().code == 0
    process = start("other", "host", "--port", "0", "--title", "Evening")
    assert process._process.stdout.readline().startswith("serving at")
    for _ in range(2):
        process._process.stdout.readline()
    said = process.stop()
    assert "you run the server" in said.err
    assert "shared invite" in said.err


# --- the demo ---------------------------------------------------------------------------------------


def test_the_demo_is_a_verified_game(santa, tmp_path):
    said = santa("demo", "--out", tmp_path / "demo.santa")
    assert said.code == 0, said.err
    assert "verified: " in said.out
    assert "safety words of round 1" in said.out
    assert santa("audit", tmp_path / "demo.santa").code == 0
    assert santa("demo", "--out", tmp_path / "demo.santa").refusal == "file.exists"


def test_the_demo_for_scripts(santa):
    said = santa("demo", "--players", "3", "--json")
    assert said.code == 0
    for event in said.events:
        if event["event"] not in ("ready", "over", "audit"):
            known = documented()[event["event"]] - {"you"}
            assert set(event) - {"event", "player"} - known == set(), event
    assert said.events[-1]["event"] == "audit"
    assert said.events[-1]["verdict"] == "verified"
    assert len([e for e in said.events if e["event"] == "over"]) == 3


def test_many_players_play_in_several_processes(santa):
    said = santa("demo", "--players", "17", "--json")
    assert said.code == 0, said.err
    assert len({e["player"] for e in said.events if e["event"] == "over"}) == 17


def test_a_worker_that_fails_fails_the_demo(santa, monkeypatch):
    monkeypatch.setattr("sealed_santa.cli.demo_players.sys.executable", "/bin/false")
    said = santa("demo", "--players", "17")
    assert (said.code, said.refusal) == (3, "demo.worker")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("players", [5, 40])
def test_a_demo_that_is_stopped_leaves_nothing(tmp_path, players, number, code):
    process = subprocess.Popen(
        [sys.executable, "-m", "sealed_santa", "demo", "--players", str(players), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    while json.loads(process.stdout.readline())["event"] != "connected":
        pass
    assert list(tmp_path.iterdir())
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert err.strip() == ""
    assert list(tmp_path.iterdir()) == []
