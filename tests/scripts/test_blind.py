"""Blind games from the command line: by people who look in, with the errors that only this mode has, and the demo."""

import json

import pytest

from script_cases import check_documented, documented

NAMES = ("Annabel", "Bobby", "Cemil", "Dorothy", "Esther")
SHORT = ("--mode", "blind", "--batch-tests", "70")


@pytest.fixture
def lobby(santa, new_game, tmp_path):
    """Five people with an invite each, a couple among them, all in; returns what `new` said."""
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    made = new_game("--invites", tmp_path / "names.txt", "--exclude", "Annabel,Bobby", "--patience", "0s", *SHORT)
    for invite in made["invites"]:
        said = santa("join", invite["invite"], "--name", invite["name"], "--no-wait", "--json", home=invite["name"])
        assert said.code == 0, said.err
        check_documented(said)
    return made


def days_until(santa, phases, names=NAMES):
    """Let everybody look in, day after day, until the game is in one of these phases; return the last status."""
    for _ in range(30):
        for name in names:
            said = santa("sync", "--json", home=name)
            assert said.code == 0, said.err
            check_documented(said)
            status = said.last("status")
            if status["phase"] in phases:
                return status
    raise AssertionError(f"still {status['phase']}")


def test_weeks_may_lie_between_two_steps(santa, lobby, tmp_path):
    forecast = lobby["forecast"]
    assert [forecast["trustees"][key] for key in ("count", "threshold", "absent")] == [5, 4, 1]
    assert forecast["possible_santas"]["Annabel"] == 3
    started = santa("start", "--json", home="Cemil")
    check_documented(started)
    status = started.last("status")
    assert status["phase"] == "coins"
    assert status["trustees"]["names"] == list(NAMES)
    assert started.event("key")["name"] == "Cemil"  # coin and key share a visit
    assert santa("leave", "--yes", home="Bobby").refusal == "turn.wrong"
    status = days_until(santa, {"mixing", "blinding"})
    said = santa("status", home="Dorothy")
    assert "nobody, unless 4 of the 5 trustees collude" in said.out
    assert "nobody within Annabel and Bobby" in said.out
    assert "every step needs 4 of them" in said.out
    assert "at your last sync" in said.out
    assert "they have until " in said.out
    early = santa("give", "--gift", "1", home="Dorothy")
    assert early.refusal in ("gift.too-early", "gift.unknown") or early.code == 0
    days_until(santa, {"choosing"})

    santa("sync", home="Annabel")
    recipient = santa("status", "--recipient", "--json", home="Annabel").event("recipient")["name"]
    assert recipient in ("Cemil", "Dorothy", "Esther")
    long = santa("give", "--gift", "1", "--note", "é" * 81, home="Annabel")
    assert (long.code, long.refusal) == (2, "note.too-long")
    assert "160" in long.err
    given = santa("give", "--gift", "1", "--note", "é" * 80, "--json", home="Annabel")
    assert given.code == 0
    check_documented(given)
    assert given.event("gift") == {"event": "gift", "you": True, "gifts": 1, "players": 5}
    again = santa("give", "--gift", "2", "--note", "better", "--json", home="Annabel")
    assert again.last("gift")["gifts"] == 1
    for name in NAMES[1:]:
        assert santa("give", "--gift", "1", "--note", f"from {name}", home=name).code == 0
    days_until(santa, {"over"})
    for name in NAMES:
        santa("sync", home=name)
    over = santa("leave", "--yes", home="Bobby")
    assert (over.refusal, "the game is over" in over.err) == ("turn.wrong", True)
    parcel = santa("status", "--parcel", "--json", home=recipient)
    assert parcel.event("parcel")["note"] == "better"
    assert parcel.event("santa")["name"] == "Annabel"
    assert "everybody, since the reveal" in santa("status", home="Annabel").out
    santa("transcript", "--out", tmp_path / "game.santa", home="Esther")
    audit = santa("audit", tmp_path / "game.santa", "--json", home="nobody")
    assert audit.code == 0
    report = json.loads(audit.out)
    assert report["verdict"] == "verified"
    assert any(check["id"] == "B06" and check["status"] == "passed" for check in report["checks"])


def test_somebody_leaves_after_the_deal_and_another_is_dropped(santa, lobby):
    assert santa("start", home="Annabel").code == 0
    days_until(santa, {"choosing"})
    for name in NAMES[:3]:
        assert santa("give", "--gift", "1", home=name).code == 0
    mute = santa("leave", home="Esther")
    assert (mute.code, mute.refusal) == (2, "input.missing")
    assert "cannot come back" in mute.err
    assert santa("leave", home="Esther", stdin="no\n").code != 0
    gone = santa("leave", "--yes", "--json", home="Esther")
    assert gone.code == 0, gone.err
    assert gone.event("gone")["name"] == "Esther"
    assert gone.event("left")["players"] == list(NAMES[:4])
    assert santa("leave", "--yes", home="Esther").refusal == "key.deleted"
    assert "you left this game" in santa("sync", home="Esther").out
    rest = NAMES[:4]
    if santa("sync", "--json", home="Annabel").last("status")["phase"] != "choosing":
        waiting = santa("status", "--recipient", home="Annabel")
        assert waiting.refusal == "recipient.unknown"
        assert "dealt again" in waiting.err
        days_until(santa, {"choosing"}, rest)
    status = santa("sync", "--json", home="Annabel").last("status")
    assert status["trustees"]["gone"] == ["Esther"]
    assert status["trustees"]["deals"] == 2
    assert status["gifts"] == 0  # everybody is asked again
    assert [step["command"] for step in status["next"]] == ["santa give"]
    several = santa("drop", "Cemil", "Dorothy", home="organiser")
    assert several.refusal == "drop.players"
    assert santa("drop", "Dorothy", home="organiser").refusal == "drop.too-few"  # four trustees are left, and needed
    santa("sync", home="Dorothy")
    free = santa("leave", "--yes", home="Dorothy", stdin="yes\n")  # the game would end: --yes is not enough
    assert (free.code, free.refusal) == (2, "input.missing")
    assert "the game ends for everybody: fewer than 4 trustees are left" in free.err
    assert "--end-the-game" in free.err
    for name in rest[:3]:
        assert santa("give", "--gift", "1", home=name).code == 0
    assert "1 did not choose" in santa("close", home="organiser").out
    days_until(santa, {"delivered", "over"}, rest)
    last = santa("reveal", home="organiser")
    assert last.code == 0 or last.refusal == "turn.wrong"  # all had their gifts, and the pairs are being opened
    days_until(santa, {"over"}, rest)


def test_four_of_five_invited_start_and_one_of_them_leaves(santa, new_game, tmp_path):
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    made = new_game("--invites", tmp_path / "names.txt", *SHORT)
    for invite in made["invites"][:4]:
        assert santa("join", invite["invite"], "--name", invite["name"], "--no-wait", home=invite["name"]).code == 0
    started = santa("start", home="Annabel")
    assert started.code == 0
    assert "invited by name, and not in: Esther" in started.err
    days_until(santa, {"choosing"}, NAMES[:4])
    santa("sync", home="Dorothy")
    asked = santa("leave", home="Dorothy", stdin="no\n")
    assert asked.refusal == "input.missing"
    assert "three are left then" in asked.err


def test_what_a_drop_costs_and_how_a_game_is_ended(santa, lobby):
    assert santa("start", home="Annabel").code == 0
    days_until(santa, {"choosing"})
    for name in NAMES[:4]:
        assert santa("give", "--gift", "1", home=name).code == 0
    santa("sync", home="organiser")
    mute = santa("drop", "Esther", home="organiser")
    assert (mute.code, mute.refusal) == (2, "input.missing")
    assert "all 4 gifts become void" in mute.err
    assert "santa close would let the house give for Esther" in mute.err
    assert santa("drop", "Esther", "--yes", home="organiser").code == 0
    days_until(santa, {"choosing"}, NAMES[:4])
    assert santa("leave", "--end-the-game", home="Dorothy").code == 0
    said = santa("sync", home="Annabel")
    assert "the game cannot go on: Dorothy and Esther have left, and fewer than 4 trustees are left" in said.out
    assert "fewer than 4 trustees are left" in santa("status", home="Annabel").out


def test_a_blind_game_without_a_reveal_ends_with_the_last_receipt(santa, new_game):
    invite = new_game(*SHORT, "--reveal", "never")["invites"][0]["invite"]
    names = NAMES[:3]
    for name in names:
        assert santa("join", invite, "--name", name, "--no-wait", home=name).code == 0
    said = santa("start", home="Annabel")
    assert "if one is lost after the start, it cannot end" in said.err
    assert "so nobody may be lost" in said.err
    days_until(santa, {"choosing"}, names)
    for name in names:
        assert santa("give", "--gift", "1", home=name).code == 0
    days_until(santa, {"over"}, names)
    assert santa("status", "--json", home="Annabel").event("status")["trustees"]["deals"] == 1


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "hint"),
    [
        (("--mode", "blind", "--reveal", "private"), "reveal.mode", "one of public, never"),
        (("--threshold", "5"), "mode.option", "add --mode blind"),
        (("--batch-tests", "10"), "mode.option", "add --mode blind"),
        (("--max-tests", "10"), "mode.option", "add --mode blind"),
        (("--mode", "blind", "--threshold", "8"), "usage", "santa new --help"),
        (("--mode", "blind", "--batch-tests", "0"), "usage", "santa new --help"),
    ],
)
def test_terms_that_blind_games_have_not(santa, server, options, code, hint):
    said = santa("new", "--server", server, "--title", "No", *options)
    assert (said.code, said.refusal) == (2, code)
    assert hint in said.err


def test_a_game_that_needs_too_many_tests_is_refused_before_it_is_made(santa, server, tmp_path):
    names = [f"Person {k}" for k in range(24)]
    groups = [a for k in range(0, 24, 6) for a in ("--exclude", ",".join(names[k : k + 6]))]
    (tmp_path / "names.txt").write_text("\n".join(names))
    options = ("--server", server, "--title", "Six at a table", "--invites", tmp_path / "names.txt", *groups)
    said = santa("new", *options, "--mode", "blind")
    assert (said.code, said.refusal) == (2, "exclusions.too-many-tests")
    assert "the largest group has 6: Person 0, Person 1" in said.err
    assert "--max-tests" in said.err
    assert santa("games").refusal == "game.none"
    assert santa("new", *options, "--mode", "blind", "--max-tests", "200000", home="patient").code == 0


def test_a_late_start_is_weighed_when_it_is_known_who_plays(santa, new_game):
    invite = new_game("--mode", "blind", "--max-tests", "5")["invites"][0]["invite"]
    for name in NAMES[:3]:
        assert santa("join", invite, "--name", name, "--no-wait", home=name).code == 0
    said = santa("start", home="Annabel")
    assert (said.code, said.refusal) == (2, "exclusions.too-many-tests")
    assert "raise the limit of 5 tests" in said.err


def test_a_note_that_is_too_long_is_refused_before_somebody_comes_in(santa, new_game):
    invite = new_game(*SHORT)["invites"][0]["invite"]
    said = santa("join", invite, "--name", "Ann", "--auto", "--note", "x" * 161, home="Ann")
    assert (said.code, said.refusal) == (2, "note.too-long")
    assert santa("games", home="Ann").refusal == "game.none"


# --- by themselves ----------------------------------------------------------------------------------


def test_clients_that_play_by_themselves_and_one_that_is_killed(start, new_game, santa, tmp_path):
    invite = new_game(*SHORT)["invites"][0]["invite"]
    players = {n: start(n, "join", invite, "--name", n, "--auto", "--start-when", "4", "--json") for n in NAMES[:4]}
    while players["Cemil"].line()["event"] != "mix":
        pass
    players["Cemil"].kill()
    players["Cemil"] = start("Cemil", "join", "--auto", "--json")
    for name, player in players.items():
        said = player.finish()
        assert said.code == 0, (name, said.err)
        over = said.event("over")
        assert over["phase"] == "over"
        assert over["faults"] == []
        assert over["santa"] in NAMES
        check_documented(said)
    santa("transcript", "--out", tmp_path / "game.santa", home="Annabel")
    assert santa("audit", tmp_path / "game.santa").code == 0


def test_the_demo_of_a_blind_game(santa):
    said = santa("demo", "--mode", "blind", "--players", "4", "--json")
    assert said.code == 0, said.err
    known = documented()
    for event in said.events:
        if event["event"] not in ("over", "ready", "audit"):
            assert set(event) - {"event", "player"} == known[event["event"]] - {"you"}, event["event"]
    assert said.events[-1]["verdict"] == "verified"
    assert [e["number"] for e in said.events if e["event"] == "act"] == [1, 2, 3, 4, 5, 6, 7]
    assert len(said.last("reveal")["pairs"]) == 4
