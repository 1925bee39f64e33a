"""One trial of a cheat, with the cheating step or without it, and the way from what was seen to an outcome.

A trial is a function that plays a game, cheats if it is told to, and looks. A run makes two of them:
without the cheating step nothing may be flagged and the cheater may win nothing; with it, what was
seen says whether the cheat worked, was detected or was prevented. Nothing else says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sealed_santa.base.errors import UNKNOWN, Blame, SantaError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.replay import step
from sealed_santa.game.rules import apply
from sealed_santa.game.state import State
from sealed_santa.lab import stage
from sealed_santa.lab.attack import Effect, Outcome
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import NO_ENTRY, Entry, SignedPost, entry_hash, sign_entry

NOTHING = "Nothing. Its screen looks as it does in an honest game."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one trial."""

    story: str
    victim: str = NOTHING
    won: bool = False  #: whether things stand as the cheater wants them
    refused: bool = False  #: whether the others did not let it in
    code: str = ""
    check: str = ""
    blame: Blame = UNKNOWN
    figures: Mapping[str, str] = field(default_factory=dict)
    why: str = ""  #: where it works: why the mode promises nothing against it

    @property
    def flagged(self) -> bool:
        """Whether anybody found anything wrong."""
        return self.refused or bool(self.code)


Trial = Callable[[bool], Seen]  # with the cheating step, or without it


def effect_of(seen: Seen) -> Effect:
    """Return what became of a cheat.

    Raises:
        UndecidedError: `lab.unshown`, it neither came off nor was found.
    """
    if seen.refused:
        return Effect.PREVENTED
    if seen.code:
        return Effect.DETECTED
    if seen.won:
        return Effect.WORKS
    raise stage.unshown("the cheat neither came off nor was found")


def run(trial: Trial) -> Outcome:
    """Play without the cheating step, then with it.

    Raises:
        UndecidedError: `lab.unshown`.
    """
    honest = trial(False)
    if honest.flagged or honest.won:
        raise stage.unshown(f"without the cheating step there is something to see ({honest.code or 'it worked'})")
    cheat = trial(True)
    return Outcome(
        effect_of(cheat), honest.story, cheat.story, cheat.victim, cheat.code, cheat.check, cheat.blame, cheat.figures,
        cheat.why,
    )


def runs(trials: Mapping[str, Trial]) -> Mapping[str, Callable[[], Outcome]]:
    """Return the runs of an attack, by mode."""
    return {mode: partial(run, trial) for mode, trial in trials.items()}


def both(trial: Callable[[str, bool], Seen]) -> dict[str, Trial]:
    """Return the trials of an attack that is the same in sealed and in blind games."""
    return {mode: partial(trial, mode) for mode in ("sealed", "blind")}


# --- looking ------------------------------------------------------------------------------------


def client_says(entries: Sequence[Entry]) -> str:
    """Return what the client of every honest player says of a log that it is sent, entry by entry."""
    state: State | None = None
    for entry in entries:
        try:
            state = step(state, entry)
        except SantaError as e:
            return f"Every client stops: {e.message} [{e.code}]. It blames: {e.blame}."
    return NOTHING


def in_log(game: Simulator, story: str, *, won: bool, **figures: str) -> Seen:
    """Audit a log as it stands, and return what is seen."""
    found = stage.findings(stage.audited(game.entries))
    if not found:
        return Seen(story=story, won=won, figures=figures)
    first = found[0]
    return Seen(
        story=story, victim=client_says(game.entries), won=won, code=first.code, check=first.check, blame=first.blame,
        figures=figures,
    )  # fmt: skip


def uncheated(game: Simulator, *, won: bool) -> Seen:
    """Play a game on to its end, in which nobody cheated, audit it, and return what is seen."""
    game.run()
    report = stage.audited(game.entries)
    found = stage.findings(report)
    where = f"{len(game.entries)} entries, the game is {game.state.phase.value}"
    story = f"{len(game.state.players)} players, {where}; the audit says: {report.verdict.value}"
    return Seen(story=story, won=won, code=found[0].code if found else "", check=found[0].check if found else "")


def at_the_door(
    game: Simulator, post: SignedPost, story: str, *, won: bool, order: Any = None, **figures: str
) -> Seen:
    """Send a post to an honest server, and return what is seen.

    `order` is how that server takes posts, if not by the rules alone: a function of the signed post.
    `won` says whether the cheater would have won, had nobody looked. If the server refuses, the lab also looks
    which check would show it, had the server ordered it all the same.

    Raises:
        UndecidedError: `lab.unshown`, what was refused would have won nothing.
    """
    try:
        (order or game.order)(post)
    except SantaError as e:
        if not won:
            raise stage.unshown("what was refused would have won nothing anyway") from e
        beside = twin(game)
        beside.force(post)
        found = [f for f in stage.findings(stage.audited(beside.entries)) if f.code == e.code]
        victim = f"Nothing comes of it: {e.message} [{e.code}]."
        return Seen(
            story=story, victim=victim, won=False, refused=True, code=e.code, check=found[0].check if found else "",
            blame=e.blame, figures=figures,
        )  # fmt: skip
    return Seen(story=story, won=won, figures=figures)


# --- what cheats are made of --------------------------------------------------------------------


def twin(game: Simulator) -> Simulator:
    """Return a game with the same log and parties that goes its own way from here."""
    other = copy(game)
    other.entries, other.memo = list(game.entries), dict(game.memo)
    other.players, other.intents = dict(game.players), dict(game.intents)
    return other


def let_through(game: Simulator, post: SignedPost) -> None:
    """Go on as parties would who check no proof: order a post without settling what it must prove."""
    digest = entry_hash(len(game.entries), game.now, game.state.head, post)
    after = apply(game.state, post, game.now, digest, lambda claims: None)
    game.force(post)
    game.current = after


def written_anew(start: Sequence[Entry], posts: Sequence[tuple[int, SignedPost]], server: SigningKey) -> list[Entry]:
    """Return a log that a server signs anew: a beginning of an old one, then these posts, each with its time."""
    entries = list(start)
    for at, post in posts:
        prev = entries[-1].hash if entries else NO_ENTRY
        entries.append(sign_entry(len(entries), at, prev, post, server))
    return entries


def tag(post: SignedPost) -> str:
    """Return the type of a post."""
    config: Any = type(post.body).__struct_config__
    return str(config.tag)
