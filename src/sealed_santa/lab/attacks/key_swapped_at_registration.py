"""Somebody stands between the players, and is a second Bob to the others."""

from __future__ import annotations

from sealed_santa.audit.auditor import audit
from sealed_santa.audit.compare import fork
from sealed_santa.audit.findings import Verdict
from sealed_santa.classic.lines import Say
from sealed_santa.crypto.words import WORD_BITS, WORDS
from sealed_santa.game.state import Phase
from sealed_santa.lab import mixing, plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, Trial, both, runs, said
from sealed_santa.log.entry import sign_post
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets


def _classic(cheat: bool) -> Seen:
    table = plain.Table().start()
    wanted, instead = table.game.gifts[30], table.game.gifts[5]
    if cheat:
        table.to_server = lambda who, line: instead.id if who == "Bob" else line
        table.to_client = lambda who, line: line.replace(instead.name, wanted.name) if who == "Bob" else line
    recipient = table.pairs()["Bob"]
    table.say("Bob", wanted.id)
    for name in ("Ann", "Cem", "Dot"):
        table.say(name, "1")
    bob, got = table.told("Bob", Say.CHOSEN)[0], table.told(recipient, Say.GET)[0]
    if not cheat:
        return Seen(story=plain.in_words(table), won=bob != got)
    return Seen(
        story="There are no keys to swap, and none are needed. Whoever sits on Bob's line changes what passes: Bob "
        f"chooses “{wanted.name}”, the server hears “{instead.id}”, and its answer is changed back on the way.",
        victim=f"Bob reads “chosen: {bob}”. {recipient} gets “{got}”. Neither has seen anything odd.",
        won=bob == wanted.name and got == instead.name,
        why="Lines are neither encrypted nor signed, and nobody has a key. Whoever is on the line is everybody.",
    )


def _seat(game: Simulator, name: str) -> None:
    """Let the server join under somebody's name, with keys of its own."""
    secrets = PlayerSecrets(f"the server's own {name}".encode().ljust(32), game.state.game)
    invite = game.state.create.invites[0].key
    body = player.make_join(secrets, invite, game.state.head, name, "", game.state.mode)
    game.order(sign_post(body, secrets.signing, game.invite))
    game.players[name] = secrets
    game.intents[name] = player.Intent(publish_gift_key=True)


def _view(mode: str, real: tuple[str, ...]) -> Simulator:
    """Return a whole game in which only these are real; the server plays the others."""
    game = Simulator("lab", FOUR, stage.small(mode, decks=2))
    for name in FOUR:
        if name in real:
            game.join(name)
        else:
            _seat(game, name)
    return game.start().run(Phase.CHOOSING)


def _words(game: Simulator) -> str:
    return " ".join(game.state.words or ("none yet",))


def _logged(mode: str, cheat: bool) -> Seen:
    anns = _view(mode, ("Ann", "Cem", "Dot") if cheat else FOUR)
    bobs = _view(mode, ("Bob",)) if cheat else anns
    found = fork(anns.transcript(), bobs.transcript()).findings
    alone = [audit(game.transcript()).verdict for game in (anns, bobs)]
    fooled = all(verdict in (Verdict.SO_FAR, Verdict.VERIFIED) for verdict in alone)
    same_names = [p.name for p in anns.state.players] == [p.name for p in bobs.state.players]
    other_words = anns.state.words != bobs.state.words
    if not cheat:
        story = f"one log for all; the words are “{_words(anns)}” for everybody; the audit says: {alone[0].value}"
        return Seen(story=story, won=not fooled or other_words, **said(found[0] if found else None))
    if not found or not other_words:
        raise stage.unshown("the two views do not differ")
    first = found[0]
    cards = mixing.known(bobs)
    learned = [f"{name} gives to {cards[name]}" for name in FOUR if name != "Bob" and cards[name] != "nobody"]
    return Seen(
        story="The server holds the shared invite, too. When Bob joins it shows his join to nobody. To Ann, Cem and "
        "Dot it shows a Bob of its own; to Bob it shows an Ann, a Cem and a Dot of its own. It plays both games, and "
        "reads whatever is sealed to its puppets. Each of the two logs is in order: the audits say "
        f"“{alone[0].value}” and “{alone[1].value}”.",
        victim=f"Ann sees the safety words “{_words(anns)}”, Bob sees “{_words(bobs)}”. They find out when they read "
        "them to each other, by voice. Without that: nothing.",
        won=fooled and same_names,
        **said(first),
        figures={
            "Ann's words": _words(anns),
            "Bob's words": _words(bobs),
            "chance that they agree": f"1 in 2^{WORDS * WORD_BITS}",
            "what the server reads in Bob's game with its puppets' keys": ", ".join(learned),
        },
    )  # fmt: skip


TRIALS: dict[str, Trial] = {"classic": _classic, **both(_logged)}

ATTACK = Attack(
    id="key-swapped-at-registration",
    title="a player's keys are swapped when it joins",
    attacker="the server, with a shared invite; in the classic game anybody on the line",
    lesson="""\
All signatures and all seals rest on keys. But whose keys? On the first evening you have never seen Bob's key. You
take what the server calls “Bob”. If that is a key of the server's own, all later proofs are true, about a Bob who
is somebody else. This is the man in the middle, and no mathematics inside the log can show it: both halves of the
lie are consistent.

What is needed is a second way to talk, which the server does not carry: people's own voices. After the coins every
client shows three words (docs/protocol.md, section 2.11). They are made from the roster with all keys and from all
coins. If Ann and Bob have the same words, they have the same keys for everybody. Reading them out takes five
seconds.

Why from the coins, and not from the keys alone? Because then a server could try keys until the short words agree by
chance, which for 33 bits takes a computer seconds. The coins are opened when all keys are fixed, so it has one try.
Comparing whole copies of the log shows the swap as well, with proof (A61), and so do named invites, which make the
server's puppets harder.""",
    weak="Many messengers show a long number that nobody compares. Short words that people do compare protect more, "
    "as long as nobody can search for a match.",
    threat="T16",
    tests=(
        "tests/attacks/test_safety_words.py::test_a_key_swapped_at_registration_changes_the_words",
        "tests/attacks/test_safety_words.py::test_words_over_the_roster_alone_can_be_ground",
        "tests/attacks/test_safety_words.py::test_the_same_grinding_does_not_help_against_words_over_coins",
    ),
    cases=("copies-of-a-forked-log_fail",),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
)
