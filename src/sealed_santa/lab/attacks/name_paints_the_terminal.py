"""A name that is a command to the reader's terminal."""

from __future__ import annotations

from sealed_santa.base.names import for_terminal
from sealed_santa.classic.lines import Say
from sealed_santa.lab import plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, both, runs, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets

PAINT = "Eve\x1b[2J\x1b[32mverified"  # clears the screen, and writes a word in green
PLAIN = "Eve"


def _classic(cheat: bool) -> Seen:
    table = plain.Table()
    table.come("Eve", PAINT if cheat else PLAIN)
    answer = table.heard["Eve"][-2]
    reached = [name for name, lines in table.heard.items() if name != "Eve" and any("\x1b" in line for line in lines)]
    named = table.told("Eve", Say.NAME)
    if not cheat:
        table.start().choose()
        return Seen(story=plain.in_words(table), won=bool(reached))
    return Seen(
        story="Eve takes a name in which the bytes that clear a screen stand, and a green “verified” behind them. The "
        "server would pass it on to everybody, and netcat shows whatever comes.",
        victim=f"Nothing comes of it. Eve reads “{answer}”",
        won=bool(reached), refused=not named and not reached,
        figures={"screens reached": str(len(reached)), "how a screen of ours would show it": for_terminal(PAINT)},
    )  # fmt: skip


def _logged(mode: str, cheat: bool) -> Seen:
    game = Simulator("lab", FOUR, stage.small(mode)).fill()
    secrets = PlayerSecrets(b"Eve".ljust(32), game.state.game)
    invite = game.state.create.invites[0].key
    name = PAINT if cheat else PLAIN
    body = player.make_join(secrets, invite, game.state.head, name, "", game.state.mode)
    post = sign_post(body, secrets.signing, game.invite)
    if not cheat:
        game.order(post)
        return uncheated(game, won="\x1b" in "".join(p.name for p in game.state.players))
    shown = for_terminal(PAINT)
    return at_the_door(
        game, post,
        "Eve joins under a name that clears the screen and writes “verified” in green. On a screen that prints names "
        "as they are, the roster would look like the verdict of an audit.",
        won="\x1b" in body.name,
        **{"how a screen shows it, should a server order it": shown, "commands left in that": str(shown.count("\x1b"))},
    )  # fmt: skip


TRIALS: dict[str, Trial] = {"classic": _classic, **both(_logged)}

ATTACK = Attack(
    id="name-paints-the-terminal",
    title="a name that paints the reader's terminal",
    attacker="a newcomer",
    lesson="""\
A terminal obeys. Some bytes are letters; others clear the screen, change the colour, move the cursor, or turn the
direction of reading. If a program prints what a stranger typed, the stranger can paint: a green “verified” over a
red “failed”.

There are two walls. The first is the form of names (docs/protocol.md, section 2.8): control characters, marks that
change the direction, invisible characters and whatever Unicode had not assigned are not part of a name. A join with
such a name is refused, and a log that holds one fails check A16. The list of characters is fixed for ever, so that
all programs agree.

The second wall is the screen. Everything that comes from outside goes through one function before it is printed,
also error messages, also names out of logs that are bad. What could disturb a terminal appears as its code, like
\\u{1B}. The second wall would be enough alone, and so would the first; what reads a hostile file should not rest on
one wall.""",
    weak="Programs for friends print names as they come, and for years nothing happens. The first joke is harmless. "
    "The second hides a line of the audit.",
    threat="T43",
    tests=(
        "tests/unit/base/test_names.py::test_names_that_deceive_or_disturb_are_refused",
        "tests/unit/base/test_names.py::test_terminal_shows_what_would_deceive",
    ),
    cases=("name-with-control-character_fail", "name-with-direction-mark_fail", "wish-with-control-character_fail"),
    course="08-what-no-mode-can-hide",
    runs=runs(TRIALS),
)
