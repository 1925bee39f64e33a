"""Somebody comes in under a name that looks like another one."""

from __future__ import annotations

from sealed_santa.base.names import skeleton
from sealed_santa.classic.lines import Say
from sealed_santa.game.admission import admit
from sealed_santa.lab import plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, both, runs, twin, uncheated
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets

TWIN = "\u0410nn"  # a Cyrillic capital A, and two Latin letters
OTHER = "Eve"


def _classic(cheat: bool) -> Seen:
    table = plain.Table()
    table.come("Mallory", TWIN if cheat else OTHER)
    named = table.told("Mallory", Say.NAME)
    answer = table.heard["Mallory"][-2]
    if not cheat:
        table.start().choose()
        return Seen(story=plain.in_words(table), won=not named)
    return Seen(
        story="Mallory calls himself Аnn, with a Cyrillic А. On the screen it cannot be told from Ann.",
        victim=f"Nothing comes of it. Mallory reads “{answer}”",
        won=bool(named), refused=not named,
        figures={"what the names are compared by": f"{skeleton(TWIN)!r} and {skeleton('Ann')!r}"},
    )  # fmt: skip


def _logged(mode: str, cheat: bool) -> Seen:
    game = Simulator("lab", FOUR, stage.small(mode)).fill()
    name = TWIN if cheat else OTHER
    secrets = PlayerSecrets(b"Mallory".ljust(32), game.state.game)
    invite = game.state.create.invites[0].key
    body = player.make_join(secrets, invite, game.state.head, name, "", game.state.mode)
    post = sign_post(body, secrets.signing, game.invite)

    def door(post: SignedPost) -> None:
        """Be an honest server: the courtesies, then the rules."""
        admit(game.state, post.body)
        game.order(post)

    if not cheat:
        door(post)
        return uncheated(game, won=False)
    careless = twin(game)
    careless.order(post)
    legal = not stage.findings(stage.audited(careless.entries))
    return at_the_door(
        game, post,
        "Mallory has the shared invite. He joins as Аnn, with a Cyrillic А: another name for a computer, and the same "
        "for a reader. With that he hopes for messages that are meant for Ann.",
        won=careless.state.named(TWIN) is not None, order=door,
        **{
            "what the names are compared by": f"{skeleton(TWIN)!r} and {skeleton('Ann')!r}",
            "a log that holds it": "is a good log; the rules do not forbid it" if legal else "is refused by the rules",
        },
    )  # fmt: skip


TRIALS: dict[str, Trial] = {"classic": _classic, **both(_logged)}

ATTACK = Attack(
    id="look-alike-name",
    title="a name that looks like another",
    attacker="a newcomer",
    lesson="""\
Ann and Аnn are two names. The first letter of the second is Cyrillic. No eye sees that, and every computer does.
With such a twin in the list one can collect what was meant for somebody else.

Two things are kept apart here. That two players have the very same name is a matter of the rules: characters are
compared one by one, after a normal form that leaves one spelling for each text (docs/protocol.md, section 2.8).
Whether two names look alike is a matter of taste, fonts and Unicode tables, which change every year. If a log were
judged by that, next year's program could call this year's log bad. So it is a courtesy at the door (section 5.11):
honest servers compare what a name is drawn like, without case, accents and blanks, and refuse the newcomer.

If a server lets it pass, the log is still in order, and the safety words are the same for everybody. Then it is up
to the readers of the roster. Named invites help: with them nobody chooses a name at the door.""",
    weak="To compare bytes alone is what most programs do. To put the whole table of look-alikes into the rules is "
    "the opposite mistake: two honest programs would disagree about one log.",
    threat="T44",
    tests=(
        "tests/unit/game/test_admission.py::test_a_name_that_looks_like_another_is_not",
        "tests/unit/base/test_names.py::test_look_alikes",
        "tests/attacks/test_registration.py::test_the_name_of_somebody_who_plays_cannot_be_taken",
    ),
    course="08-what-no-mode-can-hide",
    runs=runs(TRIALS),
)
