"""Each exit code that is not 0, each error with its code, and no traceback anywhere."""

import json
import shutil
import socket

import pytest

from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.entry import sign_entry
from sealed_santa.net.invite import Address, Invite, parse_address, parse_invite


@pytest.fixture(scope="module")
def game():
    return played(seed="errors")


@pytest.fixture
def transcript(game, tmp_path):
    path = tmp_path / "game.santa"
    path.write_bytes(game.transcript())
    return path


PAINT = "\x1b[31m\u202eAnn\x07"


# --- nothing here -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv", [("games",), ("status",), ("sync",), ("start",), ("give", "--gift", "scarf"), ("reveal",), ("leave",),
             ("transcript",), ("drop", "Ann"), ("close",)],
)  # fmt: skip
def test_an_empty_home_is_a_missing_key(santa, argv):
    said = santa(*argv)
    assert (said.code, said.refusal) == (4, "game.none")
    assert "santa join" in said.err


def test_no_invite_and_nobody_to_ask(santa):
    said = santa("join", "--name", "Ann")
    assert (said.code, said.refusal) == (4, "invite.missing")


def test_no_name_and_nobody_to_ask(santa, new_game):
    said = santa("join", new_game()["invites"][0]["invite"])
    assert (said.code, said.refusal) == (2, "input.missing")
    assert "--name" in said.err


def test_no_title_and_nobody_to_ask(santa, server):
    said = santa("new", "--server", server)
    assert (said.code, said.refusal) == (2, "input.missing")
    assert "--title" in said.err


def test_no_server_was_ever_named(santa):
    said = santa("new", "--title", "T")
    assert (said.code, said.refusal) == (2, "address.none")


# --- bad input --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: "nonsense", "invite.prefix"),
        (lambda t: t[:-5], "invite.cut-off"),
        (lambda t: t + "AAAA", "invite.too-long"),
        (lambda t: t[:40] + ("A" if t[40] != "A" else "B") + t[41:], "invite.mistyped"),
        (lambda t: t[:20] + "!" + t[21:], "invite.characters"),
        (lambda t: PAINT, "invite.prefix"),
    ],
)
def test_bad_invites(santa, new_game, change, code):
    said = santa("join", change(new_game()["invites"][0]["invite"]), "--name", "Ann")
    assert (said.code, said.refusal) == (2, code)
    assert "\x1b" not in said.err
    assert "\u202e" not in said.err


def test_an_invite_of_another_version_is_undecided(santa):
    said = santa("join", "SANTA9:AAAA", "--name", "Ann")
    assert (said.code, said.refusal) == (3, "invite.newer")


@pytest.mark.parametrize("name", ["", "   ", PAINT, "x" * 65, "A\nB\x00"])
def test_bad_names(santa, new_game, name):
    said = santa("join", new_game()["invites"][0]["invite"], "--name", name)
    assert said.code == 2
    assert said.refusal.startswith("name.")
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--reveal-at", "tomorrow"), "date.invalid"),
        (("--reveal-at", "2001-01-01"), "date.past"),
        (("--choose-by", "2001-01-01"), "date.past"),
        (("--choose-by", "2999-12-25", "--reveal-at", "2999-12-24"), "reveal.before-choice"),
        (("--reveal", "never", "--reveal-at", "2999-12-24"), "reveal.never"),
        (("--patience", "soon"), "duration.invalid"),
        (("--patience", "60w"), "duration.too-long"),
        (("--exclude", "Ann"), "exclusions.syntax"),
        (("--exclude", "Ann,Ann"), "exclusions.syntax"),
        (("--exclude-file", "/nowhere"), "file.missing"),
        (("--catalogue", "/nowhere"), "file.missing"),
        (("--invites", "/nowhere"), "file.missing"),
        (("--last-year", "/nowhere"), "file.missing"),
        (("--min-players", "10", "--max-players", "5"), "limits"),
        (("--title", PAINT), "line.character"),
        (("--house", " "), "line.empty"),
        (("--server", "localhost"), "address.pin"),
        (("--server", "localhost:3000#abc"), "address.pin"),
    ],
)
def test_bad_terms(santa, server, options, code):
    said = santa("new", "--server", server, "--title", "T", *options)
    assert (said.code, said.refusal) == (2, code)
    assert said.out == ""


def test_impossible_exclusions_name_the_people(santa, server, tmp_path):
    (tmp_path / "names.txt").write_text("Ann\nBob\nCem\n")
    said = santa("new", "--server", server, "--title", "T", "--invites", tmp_path / "names.txt", "--exclude", "Ann,Bob")
    assert (said.code, said.refusal) == (2, "exclusions.impossible")
    assert "Ann" in said.err
    assert "Bob" in said.err


def test_too_few_invites(santa, server, tmp_path):
    (tmp_path / "names.txt").write_text("Ann\nBob\n")
    said = santa("new", "--server", server, "--title", "T", "--invites", tmp_path / "names.txt")
    assert (said.code, said.refusal) == (2, "names.too-few")


def test_a_catalogue_that_is_none(santa, tmp_path):
    (tmp_path / "c.toml").write_text('[[gift]]\nid = "A B"\nname = "x"\nprice = 1\n')
    said = santa("catalogue", "--check", tmp_path / "c.toml")
    assert (said.code, said.refusal) == (2, "catalogue.id")


def test_last_year_must_verify(santa, server, transcript, game, tmp_path):
    transcript.write_bytes(game.transcript()[:-200] + b"\n")
    said = santa("new", "--server", server, "--title", "T", "--last-year", transcript)
    assert (said.code, said.refusal) == (1, "last-year.failed")
    private = tmp_path / "private.santa"
    private.write_bytes(played(seed="private", reveal="private").transcript())
    said = santa("new", "--server", server, "--title", "T", "--last-year", private)
    assert (said.code, said.refusal) == (2, "last-year.no-pairs")


# --- servers ----------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def at(invite, **changes):
    known = parse_invite(invite)
    place = {"host": known.address.host, "port": known.address.port, "pin": known.address.pin, **changes}
    return Invite(Address(**place), known.game, known.seed).encode()


def test_nobody_listens(santa, new_game, tmp_path):
    said = santa("join", at(new_game()["invites"][0]["invite"], port=free_port()), "--name", "Ann", home="Ann")
    assert (said.code, said.refusal) == (5, "connect.failed")
    assert not list((tmp_path / "Ann").rglob("seed"))  # nothing was said, nothing is left


def test_a_wrong_pin_is_evidence(santa, new_game, server, tmp_path):
    pin = type(parse_address(server).pin)(bytes(31) + b"\x01")
    said = santa("join", at(new_game()["invites"][0]["invite"], pin=pin), "--name", "Ann", home="Ann")
    assert (said.code, said.refusal) == (1, "tls.wrong-pin")
    assert "blame" in said.err
    assert not list((tmp_path / "Ann").rglob("seed"))
    text = str(Address(parse_address(server).host, parse_address(server).port, pin))
    assert santa("new", "--server", text, "--title", "T").refusal == "tls.wrong-pin"


def test_not_our_server_at_all(santa, new_game):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(20)
        import threading

        def answer():
            with listener.accept()[0] as peer:
                peer.recv(100)
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        invite = at(new_game()["invites"][0]["invite"], port=listener.getsockname()[1])
        said = santa("join", invite, "--name", "Ann")
        thread.join()
    assert (said.code, said.refusal) == (5, "connect.no-tls")


def test_a_game_that_the_server_does_not_have(santa, new_game):
    known = parse_invite(new_game()["invites"][0]["invite"])
    other = Invite(known.address, type(known.game)(bytes(32)), known.seed).encode()
    said = santa("join", other, "--name", "Ann", "--json", home="Ann")
    assert (said.code, said.refusal) == (2, "game.unknown")
    assert said.events[-1]["event"] == "error"


def test_an_invite_key_that_the_game_does_not_know(santa, new_game, tmp_path):
    known = parse_invite(new_game()["invites"][0]["invite"])
    said = santa("join", Invite(known.address, known.game, bytes(32)).encode(), "--name", "Ann", home="Ann")
    assert (said.code, said.refusal) == (2, "join.invite-unknown")
    assert not list((tmp_path / "Ann").rglob("seed"))


def test_port_in_use(santa, server):
    said = santa("serve", "--port", str(parse_address(server).port))
    assert (said.code, said.refusal) == (5, "server.port-in-use")
    assert "--port" in said.err


def test_a_data_folder_that_is_in_use_or_foreign(santa, start, tmp_path):
    first = start("a", "serve", "--port", "0", "--data", str(tmp_path / "data"), "--json")
    first.line()
    said = santa("serve", "--port", "0", "--data", tmp_path / "data")
    assert said.code == 2
    assert "in-use" in said.refusal
    first.stop()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "games.sqlite").write_bytes(b"this is no database" * 100)
    said = santa("serve", "--port", "0", "--data", tmp_path / "foreign")
    assert said.code == 6
    assert said.refusal.startswith("store.")


# --- transcripts ------------------------------------------------------------------------------------


def test_a_good_transcript(santa, transcript):
    said = santa("audit", transcript)
    assert said.code == 0
    assert said.out.startswith("verified:")
    assert "A01" in said.out


def test_a_changed_transcript_fails(santa, transcript, game):
    raw = game.transcript()
    transcript.write_bytes(raw.replace(b'"note"', b'"n0te"', 1))
    assert santa("audit", transcript).code == 1


def test_an_unfinished_game_is_verified_so_far(santa, transcript, game):
    transcript.write_bytes(b"".join(game.transcript().splitlines(keepends=True)[:8]))
    said = santa("audit", transcript, "--json")
    assert said.code == 3
    assert said.event("audit")["verdict"] == "verified so far"


@pytest.mark.parametrize("data", [b"", b"\x00\xff garbage", b"{}\n", b"\x1b[31m{}\n", b"[" * 100_000 + b"\n"])
def test_what_is_no_transcript_is_no_crash(santa, transcript, data):
    transcript.write_bytes(data)
    said = santa("audit", transcript)
    assert said.code in (1, 3)
    assert "\x1b" not in said.out
    assert "Traceback" not in said.err


def test_a_transcript_that_cannot_be_read(santa, tmp_path):
    assert santa("audit", tmp_path / "none").refusal == "file.missing"
    assert santa("audit", tmp_path).refusal == "file.unreadable"
    assert santa("audit", tmp_path / "none").code == 2


def test_who_is_unknown(santa, transcript):
    said = santa("audit", transcript, "--as", "Nobody")
    assert (said.code, said.refusal) == (4, "identity.none")


def test_copies_are_compared(santa, transcript, game, tmp_path):
    older = tmp_path / "older"
    older.write_bytes(b"".join(game.transcript().splitlines(keepends=True)[:5]))
    said = santa("audit", transcript, "--since", older, "--with", older, "--json")
    assert said.code == 0
    assert said.event("audit")["since"]["relation"] == "goes on"
    assert said.event("audit")["with"]["relation"] == "ends earlier"
    assert santa("audit", older, "--since", transcript).code == 1


def test_a_fork_becomes_proof(santa, transcript, game, tmp_path):
    fork = Simulator("errors").fill()
    last = game.entries[5]
    other = sign_entry(5, last.at + 1, last.prev, last.post, fork.server)
    lines = game.transcript().splitlines(keepends=True)[:5]
    (tmp_path / "forked").write_bytes(b"".join(lines) + other.raw + b"\n")
    proof = tmp_path / "proof"
    said = santa("audit", transcript, "--with", tmp_path / "forked", "--evidence", proof, "--json")
    assert said.code == 1
    assert said.event("audit")["with"]["relation"] == "forked"
    assert proof.read_bytes().splitlines()[1:] == [last.raw, other.raw]


def test_a_report_as_a_page(santa, transcript, tmp_path):
    page = tmp_path / "report.html"
    assert santa("audit", transcript, "--html", page).code == 0
    assert b"A01" in page.read_bytes()
    said = santa("audit", transcript, "--html", page)
    assert (said.code, said.refusal) == (2, "file.exists")
    assert santa("audit", transcript, "--html", page, "--force").code == 0


# --- damaged homes ----------------------------------------------------------------------------------


@pytest.fixture
def seat(santa, new_game, tmp_path):
    """The folder of a player that has come in and gone."""
    said = santa("join", new_game()["invites"][0]["invite"], "--name", "Ann", "--no-wait", home="Ann")
    assert said.code == 0, said.err
    (folder,) = (tmp_path / "Ann" / "identities").iterdir()
    return folder


@pytest.mark.parametrize(
    ("file", "data", "code"),
    [
        ("seed", b"{}", "key.damaged"),
        ("identity.json", b"{}", "identity.damaged"),
        ("identity.json", b"\xff\x00", "identity.damaged"),
        ("log.jsonl", b"nonsense\n", "log.damaged"),
        ("outbox.jsonl", b"nonsense\n", "outbox.damaged"),
    ],
)
def test_damaged_files_are_6(santa, seat, file, data, code):
    (seat / file).write_bytes(data)
    said = santa("sync", home="Ann")
    assert (said.code, said.refusal) == (6, code)


def test_a_changed_log_copy_is_not_trusted(santa, seat):
    log = seat / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"A game", b"A fame"))
    assert santa("status", home="Ann").code == 6
    assert santa("sync", home="Ann").code == 6


def test_a_seed_that_others_can_read_is_refused(santa, seat):
    (seat / "seed").chmod(0o644)
    said = santa("sync", home="Ann")
    assert (said.code, said.refusal) == (6, "file.open-to-others")
    assert "chmod 600" in said.err


def test_a_copied_home_opens_no_coin_until_its_owner_confirms(santa, seat, tmp_path):
    shutil.copytree(tmp_path / "Ann", tmp_path / "Copy")
    said = santa("sync", "--json", home="Copy")
    assert said.code == 0
    assert said.event("restored")["head"]
    assert santa("games", "--json", home="Copy").event("seat")["restored"]
    assert santa("sync", "--confirm", home="Copy").code == 0
    assert not santa("games", "--json", home="Copy").event("seat")["restored"]


def test_a_server_that_lost_entries_is_caught(santa, seat, start, tmp_path):
    """The log of the copy is longer than the server's: a game of that id on a server that was set back."""
    log = seat / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    data = tmp_path / "data"
    first = start("s", "serve", "--port", "0", "--data", str(data), "--json")
    address = first.line()["address"]
    made = santa("new", "--server", address, "--title", "T", "--json", home="o").event("new")
    first.stop()
    shutil.copytree(data, tmp_path / "old")
    again = start("s", "serve", "--port", address.split(":")[1].split("#")[0], "--data", str(data), "--json")
    again.line()
    assert santa("join", made["invites"][0]["invite"], "--name", "Eve", "--no-wait", home="Eve").code == 0
    again.stop()
    back = start("s", "serve", "--port", address.split(":")[1].split("#")[0], "--data", str(tmp_path / "old"), "--json")
    back.line()
    said = santa("sync", home="Eve")
    assert (said.code, said.refusal) == (1, "fork.shorter")
    assert "evidence" in said.err
    assert list((tmp_path / "Eve").rglob("why.txt"))


def test_the_same_name_twice(santa, new_game, seat):
    invite = new_game()["invites"][0]["invite"]
    assert santa("join", invite, "--name", "Ann", "--no-wait", home="one").code == 0
    said = santa("join", invite, "--name", "Ann", "--no-wait", home="two")
    assert (said.code, said.refusal) == (2, "join.name-taken")
    said = santa("join", invite, "--name", "A\u0430nn"[1:], "--no-wait", home="two")
    assert said.code == 2
    said = santa("join", invite, "--name", "ANN", "--no-wait", home="two")
    assert (said.code, said.refusal) == (2, "join.look-alike")
    assert santa("join", invite, "--name", "Bob", "--no-wait", home="two").code == 0


def test_an_invite_of_ones_own_is_used_once_and_by_its_name(santa, new_game, tmp_path):
    (tmp_path / "names.txt").write_text("Ann\nBob\nCem\nDot\n")
    made = new_game("--invites", tmp_path / "names.txt")
    assert [i["name"] for i in made["invites"]] == ["Ann", "Bob", "Cem", "Dot"]
    assert not made["shared"]
    invite = made["invites"][0]["invite"]
    said = santa("join", invite, "--name", "Bob", "--no-wait", home="Bob")
    assert (said.code, said.refusal) == (2, "join.invite-name")
    assert santa("join", invite, "--name", "Ann", "--no-wait", home="Ann").code == 0
    said = santa("join", invite, "--name", "Ann", "--no-wait", home="thief")
    assert (said.code, said.refusal) == (2, "join.invite-used")


def test_passphrases(santa, new_game, tmp_path):
    (tmp_path / "right").write_text("correct horse\n")
    (tmp_path / "wrong").write_text("incorrect horse\n")
    (tmp_path / "empty").write_text("\n")
    invite = new_game()["invites"][0]["invite"]
    said = santa("join", invite, "--name", "Ann", "--no-wait", "--passphrase-file", tmp_path / "right", home="Ann")
    assert said.code == 0
    assert (santa("sync", home="Ann").code, santa("sync", home="Ann").refusal) == (4, "passphrase.missing")
    said = santa("sync", "--passphrase-file", tmp_path / "wrong", home="Ann")
    assert (said.code, said.refusal) == (4, "passphrase.wrong")
    said = santa("sync", "--passphrase-file", tmp_path / "empty", home="Ann")
    assert (said.code, said.refusal) == (2, "passphrase.empty")
    assert santa("sync", "--passphrase-file", tmp_path / "right", home="Ann").code == 0
    assert santa("status", home="Ann").code == 0  # looking needs no key


def test_an_invite_from_stdin_and_from_a_file(santa, new_game, tmp_path):
    invite = new_game()["invites"][0]["invite"]
    wrapped = "\n".join(invite[k : k + 40].lower() for k in range(0, len(invite), 40))
    assert santa("join", "-", "--name", "Ann", "--no-wait", home="Ann", stdin=wrapped).code == 0
    (tmp_path / "invite.txt").write_text(invite + "\n")
    assert santa("join", f"@{tmp_path}/invite.txt", "--name", "Bob", "--no-wait", home="Bob").code == 0
    assert santa("join", f"@{tmp_path}/none", "--name", "Bob").refusal == "file.missing"


def test_what_is_not_a_players_or_not_yet(santa, new_game, tmp_path):
    invite = new_game()["invites"][0]["invite"]
    assert santa("join", invite, "--name", "Ann", "--no-wait", home="Ann").code == 0
    for argv, code, exit_code in (
        (("drop", "Bob"), "organiser.none", 4),
        (("reveal",), "organiser.none", 4),
        (("close",), "organiser.none", 4),
        (("start",), "start.too-few", 2),
        (("give", "--gift", "scarf"), "gift.too-early", 2),
        (("status", "--recipient"), "recipient.unknown", 2),
        (("sync", "--game", "nothing"), "game.unknown", 2),
        (("sync", "--as", "Bob"), "player.none", 4),
    ):
        said = santa(*argv, home="Ann")
        assert (said.refusal, said.code) == (code, exit_code), argv
    for argv, code, exit_code in ((("leave",), "player.none", 4), (("reveal",), "turn.wrong", 2),
                                  (("drop", "Nobody"), "drop.unknown-name", 2)):  # fmt: skip
        said = santa(*argv, "--game", "A game", home="organiser")
        assert (said.refusal, said.code) == (code, exit_code), argv


def test_an_internal_error_is_undecided_and_shows_its_traceback_on_request(santa, monkeypatch, transcript):
    def broken(*_):
        raise ZeroDivisionError(PAINT)

    monkeypatch.setattr("sealed_santa.audit.auditor.audit", broken)
    said = santa("audit", transcript)
    assert (said.code, said.refusal) == (3, "internal")
    assert "\x1b" not in said.err
    loud = santa("audit", transcript, "--debug")
    assert "ZeroDivisionError" in loud.err
    assert "\x1b" not in loud.err
    assert json.loads(santa("audit", transcript, "--json").out)["code"] == "internal"


def test_ids_are_spelt_as_in_the_log(santa, seat):
    seats = santa("games", "--json", home="Ann").event("seat")
    entry = json.loads((seat / "log.jsonl").read_bytes().splitlines()[1])
    assert entry["post"]["body"]["game"] == seats["game"]
    assert santa("status", "--game", seats["game"][:6], home="Ann").code == 0
