"""The last player keeps its coin back when it does not like what would come: measured, against Cleve's limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sealed_santa.audit.findings import Result
from sealed_santa.base.labels import Label
from sealed_santa.classic.draw import derangement
from sealed_santa.crypto.commitments import deck_from_key, shuffle_from_stream
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.game.draw import deal_order, hits
from sealed_santa.game.state import Phase
from sealed_santa.lab import stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.rates import Rate, percent, rate
from sealed_santa.lab.simulator import Simulator, seeded_entropy
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs
from sealed_santa.log.fields import Hash
from sealed_santa.roles import player

_TEN: Final = ("Ann", "Bob", "Cem", "Dot", "Eve", "Fay", "Gus", "Hal", "Ida", "Joe")
_FIVE: Final = _TEN[:5]
_HELPER: Final = "Eve"  # of the five
_DRAWS: Final = 1200
_DECKS: Final = 40
_HELPERS: Final = 2
_TRUSTEES: Final = 7
_NEEDED: Final = 5  # of seven, to read the cards

Draw = Callable[[int, int], bool]  # (number of the trial, players) -> whether it came out as they want it


def _wanted(trial: int, players: int) -> bool:
    """Draw as a sealed game does, with a fresh joint seed and fresh decks: does player 1 give to player 2?"""
    entropy = seeded_entropy(f"coin-withheld/{trial}/{players}")
    seed = Hash(tagged_hash(Label.SEED, entropy(32)))
    forbidden = tuple((i, i) for i in range(1, players + 1))
    for t in range(_DECKS):
        values, order = deck_from_key(entropy(32), players)[0], deal_order(seed, t, players)
        if not hits(forbidden, values, order):
            return values[order[0] - 1] == 2
    return False


def _gained(draw: Draw, helpers: int, players: int) -> Rate:
    """Return how often somebody has its way who may see so many draws more, each at the price of a helper."""
    return rate(any(draw(k, players - lost) for lost in range(helpers + 1)) for k in range(_DRAWS))


def _formula(chance: float, helpers: int) -> float:
    return 1 - (1 - chance) ** (helpers + 1)


def _shrinking(helpers: int, players: int) -> float:
    """Return the same, taking into account that the roster shrinks with every helper."""
    missed = 1.0
    for lost in range(helpers + 1):
        missed *= 1 - 1 / (players - lost - 1)
    return 1 - missed


def _drawn_again(mode: str) -> tuple[Simulator, Result]:
    """Play a real game in which Eve keeps her coin back and is dropped; return it with what the audit says of her."""
    game = stage.at_phase(mode, Phase.COINS, _FIVE)
    game.run(silent=(_HELPER,))
    game.now += game.state.create.patience
    game.organise(player.make_drop(game.state, game.organiser.key, game.state.missing_coins()))
    game.run()
    report = stage.audited(game.entries)
    told = [result for result in report.results if f"dropped: {_HELPER}" in result.note]
    if len(told) != 1 or stage.findings(report):
        raise stage.unshown("the dropped player is not in the audit, or something else is")
    return game, told[0]


def _sealed(cheat: bool) -> Seen:
    n = len(_TEN)
    if not cheat:
        plain = _gained(_wanted, 0, n)
        if not plain.near(1 / (n - 1)):
            raise stage.unshown(f"an honest draw is not uniform: {plain}")
        words = stage.in_words(stage.honest("sealed"))
        story = f"{words}. In {_DRAWS} draws of ten, Ann gave to Bob in {plain}."
        return Seen(story=story, won=plain.above(1 / (n - 1)))
    _, told = _drawn_again("sealed")
    figures = {"p, Ann gives to Bob": percent(1 / (n - 1)), "nobody withholds": str(_gained(_wanted, 0, n))}
    gains = {m: _gained(_wanted, m, n) for m in range(1, _HELPERS + 1)}
    for m, gain in gains.items():
        said = f"1 − (1 − p)^{m + 1} = {percent(_formula(1 / (n - 1), m))}, exactly {percent(_shrinking(m, n))}"
        figures[f"{m} withheld"] = f"{gain}; {said}"
        if not gain.near(_shrinking(m, n)):
            raise stage.unshown(f"{m} withheld coins gained {gain}")
    return Seen(
        story="The server sees the last coin before it orders it, and so what would be drawn. Its helper keeps the "
        "coin back when the draw is not to their taste; the organiser drops the helper, and all is drawn again.",
        victim=f"The log and the audit say it to everybody, and accuse nobody: {told.note}.",
        won=gains[1].above(1 / (n - 1)), check=told.check.id, figures=figures,
        why="Whoever speaks last can always keep silent instead, and without an honest majority no protocol takes that "
        "away (Cleve 1986). The mode promises that it costs a helper each time, and that everybody sees it.",
    )  # fmt: skip


# --- blind: the coins choose the trustees, and nothing else -----------------------------------------


def _captured(trial: int, players: int) -> bool:
    """Whether at least five of seven trustees are of a coalition: the last players but the four honest ones."""
    seed = Hash(tagged_hash(Label.SEED, b"coin-withheld", trial.to_bytes(4, "big"), players.to_bytes(4, "big")))
    chosen = shuffle_from_stream(Label.TRUSTEES, players, seed)[:_TRUSTEES]
    return sum(number > 4 for number in chosen) >= _NEEDED


def _blind(cheat: bool) -> Seen:
    n, exact = len(_TEN), {0: 1 / 3, 1: 1 / 3 + 2 / 3 / 6}  # hypergeometric: 6 of 10, then 5 of 9
    plain = _gained(_captured, 0, n)
    if not plain.near(exact[0]):
        raise stage.unshown(f"trustees are not drawn uniformly: {plain}")
    if not cheat:
        story = f"{stage.in_words(stage.honest('blind'))}. Trustees are drawn uniformly: {plain}."
        return Seen(story=story, won=plain.above(exact[0]))
    game, told = _drawn_again("blind")
    trustees = 0 if game.state.blind is None else len(game.state.blind.trustees)
    gain = _gained(_captured, 1, n)
    if not gain.near(exact[1]):
        raise stage.unshown(f"a withheld coin gained {gain}")
    return Seen(
        story="In this mode the coins are opened before any card is mixed: they say who the trustees are, and no more. "
        "Of ten players six work together. They want five of the seven trustees to be theirs, and one of them keeps "
        "its coin back when that does not come. About the cards the coins say nothing. Up to seven players are all "
        "trustees, and there is nothing to gain.",
        victim=f"The log and the audit say it to everybody, and accuse nobody: {told.note}.",
        won=gain.above(exact[0]), check=told.check.id,
        why="As in the sealed mode one more draw can be bought with a helper. It is a draw of trustees alone, and "
        "nobody can know the cards by then. That enough trustees together can read them is admitted.",
        figures={
            "nobody withholds": f"{plain}; exactly {percent(exact[0])}",
            "1 withheld": f"{gain}; exactly {percent(exact[1])}",
            "trustees in the game that was drawn again": f"{trustees} of {len(game.state.players)} players",
        },
    )  # fmt: skip


# --- classic: the server needs nobody ---------------------------------------------------------------


def _dealt(table: Table) -> bool:
    """Draw as the classic server does; whether Ann gives to Bob."""
    return derangement(len(_TEN), table.chance)[0] == 1


def _classic(cheat: bool) -> Seen:
    n, figures = len(_TEN), {}
    for draws in (1, 2, 3, 10) if cheat else (1,):
        table = Table((), f"withheld/{draws}")
        found = rate(any(_dealt(table) for _ in range(draws)) for _ in range(_DRAWS))
        figures[f"best of {draws}"] = f"{found}; 1 − (1 − p)^{draws} = {percent(_formula(1 / (n - 1), draws - 1))}"
        if not found.near(_formula(1 / (n - 1), draws - 1)):
            raise stage.unshown(f"the best of {draws} draws came out in {found}")
    if not cheat:
        words = table_in_words(Table().start().choose())
        return Seen(story=f"{words}; Ann gives to Bob in {figures['best of 1']}")
    return Seen(
        story="There are no coins. The server draws alone, as often as it likes, and tells people the draw that it "
        "likes. Nobody has to be dropped for that.",
        victim=NOTHING, won=found.above(1 / (n - 1)), figures=figures,
        why="The server alone draws, and shows nobody how: the mode asks people to trust it.",
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="coin-withheld",
    title="the last player keeps its coin back",
    attacker="the server, with players who open last",
    lesson="""
A draw that nobody chooses is made of everybody's random numbers. Each player has fixed its coin before, so nobody
can change it after seeing the others. But somebody is last, and can say nothing at all.

That cannot be mended: Cleve showed in 1986 that without an honest majority the last one can always bias a coin a
little. What can be done is to make it cost something, and to make it seen. A silent player is dropped, everybody
can read how often the draw was made and who was missing, and its coin is worth nothing in the next round. So m
helpers buy m draws more, each of them once. What happens in one draw with probability p then happens with about 1 −
(1 − p)^(m+1). The roster shrinks with every helper, which makes it a little more.

In a blind game the coins decide little, but leaving after the deal comes to the same: each new deal is one more
chance, and the audit says so. Named invites make helpers dear. See docs/protocol.md, section 5.5, and the candid
odds in THREAT_MODEL.md.
""",
    weak="A game that draws again without dropping anybody, or lets people choose a new coin for the new round: then "
    "the last player goes on until it has what it wants. It looks friendlier to those whose connection broke.",
    threat="",
    tests=("tests/attacks/test_coin_chain.py::test_who_withholds_its_coin_buys_one_more_draw_and_is_seen",),
    course="05-who-shuffled",
    runs=runs(TRIALS),
)
