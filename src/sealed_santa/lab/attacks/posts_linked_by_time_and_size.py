"""Somebody on the network who reads nothing matches what people send with what they get, by time and size."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final

from sealed_santa.classic.lines import Say
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.assignments import completions
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.rates import Rate, percent, rate
from sealed_santa.lab.simulator import FOUR, Simulator, seeded_entropy
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs, tag
from sealed_santa.log.posts import Receipt
from sealed_santa.roles import dealer

_GAMES: Final = {"classic": 120, "sealed": 50, "blind": 50}  # half of them to learn from
_N: Final = len(FOUR)
_CHANCE: Final = 1 / (_N - 1)
_NOTES: Final = ("", "Merry Christmas!", "I hope that you like it. " * 5)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the network shows of one player at one step: how many bytes, and how many others were quicker."""

    size: int
    place: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A game as it is seen from outside, in the order of the players; and the truth, for those games to learn from."""

    given: tuple[Sight, ...]
    got: tuple[Sight, ...]
    truth: tuple[int, ...]  #: recipients, from 1


def _in_some_order(what: str) -> tuple[str, ...]:
    """Return the players in the order in which they happen to look at their screens."""
    draw = seeded_entropy(f"order/{what}")
    return tuple(sorted(FOUR, key=lambda name: draw(8)))


def _below(draw: Callable[[int], bytes], count: int) -> int:
    return int.from_bytes(draw(8), "big") % count


# --- what is seen ---------------------------------------------------------------------------------


def _watch_classic(number: int) -> Watched:
    """Play a classic game as if somebody had encrypted its lines, one by one, so that only sizes and times show."""
    table, draw = Table(FOUR, f"linked/{number}").start(), seeded_entropy(f"gifts/{number}")
    pairs, places = table.pairs(), {}
    for place, name in enumerate(_in_some_order(f"classic/{number}")):
        places[name] = place
        table.say(name, table.game.gifts[_below(draw, len(table.game.gifts))].id)

    def sight(name: str, say: Say, place: int) -> Sight:
        return Sight(len(say.value.format(gift=table.told(name, say)[0]).encode()), place)

    return Watched(
        tuple(sight(name, Say.CHOSEN, places[name]) for name in FOUR),
        tuple(sight(name, Say.GET, 0) for name in FOUR),
        tuple(FOUR.index(pairs[name]) + 1 for name in FOUR),
    )


def _said(game: Simulator, name: str) -> int:
    """Let a player post what it owes, and return how many bytes the last post has."""
    return [len(game.say(name, body).post.raw) for body in game.owed(name).posts][-1]


def _watch_sealed(number: int) -> Watched:
    """Play a sealed game: gifts and receipts come when people come by, gifts and notes are long and short."""
    game = stage.at_phase("sealed", Phase.CHOOSING, FOUR, f"linked/{number}")
    draw = seeded_entropy(f"wishes/{number}")
    for name in FOUR:
        gift, note = _below(draw, len(game.state.create.catalogue)), _NOTES[_below(draw, len(_NOTES))]
        game.intents[name] = replace(game.intents[name], gift=gift, note=note)
        _said(game, name)  # its confirmation
    given = {name: Sight(_said(game, name), place) for place, name in enumerate(_in_some_order(f"sealed/{number}"))}
    game.run(Phase.DELIVERED, silent=FOUR)
    truth = dealer.recipients(game.state, game.dealer)
    got = {name: Sight(_said(game, name), place) for place, name in enumerate(_in_some_order(f"receipts/{number}"))}
    pairs = tuple(truth[number] for number in range(1, _N + 1))
    return Watched(tuple(given[name] for name in FOUR), tuple(got[name] for name in FOUR), pairs)


@cache
def _dealt() -> Simulator:
    """Return a blind game in which everybody has a card, to be looked at only."""
    game = stage.at_phase("blind", Phase.CHOOSING)
    real = cheats.signed(game, "Ann", cheats.owes(game, "Ann"))
    ours = cheats.sealed_gift(game, cheats.recipient(game, "Ann"), 0, "")
    if len(cheats.signed(game, "Ann", cheats.forged_envelope(game, "Ann", ours)).raw) != len(real.raw):
        raise stage.unshown("an envelope of the lab has another size than one of a player")
    return game


def _watch_blind(number: int) -> Watched:
    """Let everybody make the envelope and the receipt of a blind game, for other pairs each time.

    A whole game for every try would take long; what is sent is the same. Boxes arrive for all at once.
    """
    game, draw = _dealt(), seeded_entropy(f"envelopes/{number}")
    permitted = completions(_N, ())
    truth = permitted[_below(draw, len(permitted))]
    given, got = {}, {}
    for place, name in enumerate(_in_some_order(f"blind/{number}")):
        to = game.state.players[truth[FOUR.index(name)] - 1]
        gift, note = _below(draw, len(game.state.create.catalogue)), _NOTES[_below(draw, len(_NOTES))]
        body = cheats.forged_envelope(game, name, cheats.sealed_gift(game, to, gift, note))
        given[name] = Sight(len(cheats.signed(game, name, body).raw), place)
    for place, name in enumerate(_in_some_order(f"receipts/{number}")):
        got[name] = Sight(len(cheats.signed(game, name, Receipt(**cheats.heads(game, name))).raw), place)
    return Watched(tuple(given[name] for name in FOUR), tuple(got[name] for name in FOUR), truth)


_WATCH: Final[Mapping[str, Callable[[int], Watched]]] = {
    "classic": _watch_classic, "sealed": _watch_sealed, "blind": _watch_blind,
}  # fmt: skip


# --- the classifier -------------------------------------------------------------------------------


def _features(giver: Sight, recipient: Sight) -> tuple[tuple[str, int], ...]:
    return ("size", recipient.size - giver.size), ("time", recipient.place - giver.place)


class Linker:
    """A naive Bayes classifier: how much likelier is a feature for a pair than for two people who are none?"""

    def __init__(self, games: Sequence[Watched]) -> None:
        self._seen: dict[tuple[bool, str], Counter[int]] = defaultdict(Counter)
        for game in games:
            for g, r in ((g, r) for g in range(_N) for r in range(_N) if g != r):
                for kind, value in _features(game.given[g], game.got[r]):
                    self._seen[game.truth[g] == r + 1, kind][value] += 1

    def _weight(self, giver: Sight, recipient: Sight) -> float:
        total = 0.0
        for kind, value in _features(giver, recipient):
            yes, no = self._seen[True, kind], self._seen[False, kind]
            values = len({*yes, *no, value})
            total += math.log((yes[value] + 1) / (yes.total() + values) * (no.total() + values) / (no[value] + 1))
        return total

    def guess(self, game: Watched, lots: Callable[[int], bytes]) -> tuple[int, ...]:
        """Return the likeliest permitted assignment; what is equally likely is decided by lot."""

        def total(assignment: tuple[int, ...]) -> float:
            return round(sum(self._weight(game.given[g], game.got[r - 1]) for g, r in enumerate(assignment)), 9)

        scored = [(total(a), lots(8), a) for a in completions(_N, ())]
        return max(scored)[2]


@cache
def _watched(mode: str) -> tuple[Watched, ...]:
    return tuple(_WATCH[mode](k) for k in range(_GAMES[mode]))


def _linked(mode: str, look: bool) -> Rate:
    """Watch half of the games and learn, guess the other half; or guess without having learnt anything."""
    games, lots = _watched(mode), seeded_entropy(f"lots/{mode}")
    half = len(games) // 2
    linker = Linker(games[:half] if look else ())
    return rate(
        a == b for game in games[half:] for a, b in zip(linker.guess(game, lots), game.truth, strict=True)
    )


def _kinds(mode: str) -> Rate:
    """Learn sizes and kinds from the posts of two players, and name the kinds of the others' posts by their sizes."""
    game = stage.honest(mode)
    posts = [(entry.post.body.by, len(entry.post.raw), tag(entry.post)) for entry in game.entries]

    def said_by(names: Sequence[str]) -> Iterator[tuple[int, str]]:
        keys = {game.players[name].key for name in names}
        return ((size, kind) for by, size, kind in posts if by in keys)

    table = dict(said_by(FOUR[:2]))
    return rate(table.get(size) == kind for size, kind in said_by(FOUR[2:]))


def _trial(mode: str, cheat: bool) -> Seen:
    found = _linked(mode, cheat)
    if not cheat:
        words = table_in_words(Table().start().choose()) if mode == "classic" else stage.in_words(stage.honest(mode))
        return Seen(story=f"{words}. Who guesses pairs without looking is right in {found}.", won=found.above(_CHANCE))
    why = ""
    figures = {"pairs that are linked": str(found), "pure chance": percent(_CHANCE)}
    if mode == "classic":
        story = (
            "Suppose somebody put the classic lines through a cipher, each as it is. The name of a gift has its length "
            "when it is chosen, and the same length when it is delivered. Who has watched some games and knows how "
            "they ended matches the lengths."
        )
        victim = NOTHING
        why = (
            "Lines go out in plain text as soon as they are there, each as long as what it says. A cipher around them "
            "would change neither."
        )
    else:
        figures["kinds of posts told by their size"] = str(_kinds(mode))
        story = (
            "Boxes are filled up to one size, whatever is in them, and all gifts are delivered at once. The watcher "
            "learns from games whose pairs it knows, by size and by time, and guesses no better than by lot. What it "
            "does see is who posts what kind of thing, and when: that is in the log of the game, too, for those who "
            "play."
        )
        victim = "Nothing. Who has given and who has not, and when, is no secret from the network."
    return Seen(
        story=story, victim=victim, won=found.above(_CHANCE), refused=found.near(_CHANCE), figures=figures, why=why
    )


TRIALS: Final[Mapping[str, Trial]] = {mode: partial(_trial, mode) for mode in _GAMES}

ATTACK = Attack(
    id="posts-linked-by-time-and-size",
    title="posts are linked by their time and size",
    attacker="whoever sees the traffic",
    lesson="""
Encryption hides what is said. It does not hide that something is said, when, by which connection, and how much.
Much can be learnt from that: people have recognised films by the sizes of encrypted packets.

The question here is whether a gift can be followed from its giver to its recipient. There are two cures. Everything
of one kind has one size: notes are filled up to their full length before they are sealed. And nothing is passed on
when it comes: all gifts wait until everybody has given, and are then delivered together. This run trains a small
classifier on sizes and times, and lets it guess.

Something is left, and no mode of this program hides it. The network sees who takes part, and when each of them
gives and looks. Who gives in the middle of the night may be known by that. See docs/protocol.md, sections 7 and 9.
""",
    weak="Passing gifts on one by one as they arrive, in boxes as long as their content. It is quicker, and it is what "
    "the classic game does.",
    threat="T47",
    tests=(
        "tests/attacks/test_blind_traffic.py::test_order_and_length_of_what_is_posted_do_not_depend_on_the_recipient",
        "tests/unit/game/test_boxes.py::test_notes_of_all_lengths_are_sealed_to_one_length",
    ),
    course="08-what-no-mode-can-hide",
    runs=runs(TRIALS),
)
