"""One trial of a cheat, with the cheating step or without it, and the way from what was seen to an outcome.

A trial is a function that plays a game, cheats if it is told to, and looks. A run makes two of them:
without the cheating step nothing may be flagged and the cheater may win nothing; with it, what was
seen says whether the cheat worked, was detected or was prevented. Nothing else says so. Check, code and
blame come out of a report of the audit or out of an error (`said`); no attack writes them down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypedDict

from sealed_santa.audit.checks import BY_CODE
from sealed_santa.audit.findings import Finding, Status
from sealed_santa.base.errors import PEER, UNKNOWN, Blame, Certainty, Party, SantaError, VerificationError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.replay import fold, step
from sealed_santa.game.rules import apply
from sealed_santa.game.state import State
from sealed_santa.lab import stage
from sealed_santa.lab.attack import Effect, Outcome
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import (
    NO_ENTRY,
    Entry,
    SignedPost,
    entry_hash,
    parse_post,
    sign_entry,
    verify_post,
)
from sealed_santa.log.posts import Gift, Join

NOTHING = "Nothing. Its screen looks as it does in an honest game."
TAKEN: Final = "taken"  # what is said of something that nobody refuses
YEARS: Final = 10 * 366 * 24 * 3_600_000  # milliseconds, after which no deadline is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one trial."""

    story: str
    victim: str = NOTHING
    won: bool = False  #: whether things stand as the cheater wants them
    harm: bool = False  #: whether somebody lost something by it, although the cheater may have got nothing
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
        UndecidedError: `lab.unshown`, it neither came off nor was found; or it was found, and nobody would have won
            or lost anything by it.
    """
    if seen.refused:
        return Effect.PREVENTED
    if seen.code:
        if not (seen.won or seen.harm):
            raise stage.unshown("what was found would have won nothing, and harmed nobody")
        return Effect.DETECTED
    if not seen.won:
        raise stage.unshown("the cheat neither came off nor was found")
    return Effect.WORKS


def run(trial: Trial) -> Outcome:
    """Play without the cheating step, then with it.

    Raises:
        UndecidedError: `lab.unshown`; also where the cheat comes off, and it is not said why nothing is promised.
    """
    honest = trial(False)
    if honest.flagged or honest.won or honest.harm:
        raise stage.unshown(f"without the cheating step there is something to see ({honest.code or 'it worked'})")
    cheat = trial(True)
    effect = effect_of(cheat)
    if effect is Effect.WORKS and not cheat.why:
        raise stage.unshown("the cheat came off, and it is not said why nothing is promised against it")
    return Outcome(
        effect, honest.story, cheat.story, cheat.victim, cheat.code, cheat.check, cheat.blame, cheat.figures,
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


class Said(TypedDict):
    """What a report or an error says: to be put into what is seen."""

    code: str
    check: str
    blame: Blame


def said(found: Finding | None) -> Said:
    """Return what a finding says: code, check and blame; or, of none, nothing."""
    if found is None:
        return Said(code="", check="", blame=UNKNOWN)
    return Said(code=found.code, check=found.check, blame=found.blame)


def answer(attempt: Callable[[], object]) -> str:
    """Return the code with which somebody refuses what is tried, or that it is taken."""
    try:
        attempt()
    except SantaError as e:
        return e.code
    return TAKEN


def refused_gift(game: Simulator, name: str, code: str) -> Said:
    """Return what is to be said of a gift of this player that the dealer has refused, because of `code`.

    The refusal has published the key of the choice, so everybody can judge the gift, which its giver signed. The audit
    has: the check about refusals passes, with a note. Call it as long as no other gift of the player is in the log.

    Raises:
        UndecidedError: `lab.unshown`, no such gift was refused with a reason.
    """
    gift = next((e.post.body for e in game.entries if isinstance(e.post.body, Gift) and _by(game, e) == name), None)
    check = BY_CODE["refusal.unfounded"].id
    passed = [r for r in stage.audited(game.entries).results if r.check.id == check and r.status is Status.PASSED]
    if gift is None or not code or not passed or not passed[0].note:
        raise stage.unshown(f"no gift of {name} was refused with a reason")
    return Said(code=code, check=check, blame=author(game, gift, Certainty.PROVEN))


def _by(game: Simulator, entry: Entry) -> str:
    player = game.state.player(entry.post.body.by)
    return "" if player is None else player.name


def in_log(game: Simulator, story: str, *, won: bool, **figures: str) -> Seen:
    """Audit a log as it stands, and return what is seen."""
    found = stage.findings(stage.audited(game.entries))
    if not found:
        return Seen(story=story, won=won, figures=figures)
    return Seen(story=story, victim=client_says(game.entries), won=won, figures=figures, **said(found[0]))


def uncheated(game: Simulator, *, won: bool) -> Seen:
    """Play a game on to its end, in which nobody cheated, audit it, and return what is seen."""
    game.run()
    report = stage.audited(game.entries)
    found = stage.findings(report)
    where = f"{len(game.entries)} entries, the game is {game.state.phase.value}"
    story = f"{len(game.state.players)} players, {where}; the audit says: {report.verdict.value}"
    return Seen(story=story, won=won, **said(found[0] if found else None))


def author(game: Simulator, body: Any, certainty: Certainty) -> Blame:
    """Return the blame of whoever signed a body: a party of this game, or a newcomer under the name that it gives."""
    if body.by == game.state.create.by:
        return Blame(Party.ORGANISER, certainty=certainty)
    if body.by == game.state.create.server:
        return Blame(Party.SERVER, certainty=certainty)
    player = game.state.player(body.by)
    name = player.name if player is not None else body.name if isinstance(body, Join) else ""
    return Blame(Party.PLAYER, name, certainty) if name else PEER


def to_blame(game: Simulator, post: SignedPost, error: SantaError) -> Blame:
    """Return whom a refused post points at, and how far that can be carried.

    It is the author who signed it. That is proven if the post breaks the rules by the very history that its author
    says to have seen: everybody can judge that again from signed bytes. If it would have been in order there, the
    server may have ordered something before it, or have dated it wrongly: then it was the author or the server. What
    breaks no rule, but a courtesy of this server, only this server has seen. And where no author has signed that this
    be said here, it is the other end, whoever that is.
    """
    try:
        post = parse_post(post.raw)
        verify_post(post)
    except SantaError:
        return PEER
    if error.code in ("game.wrong", "post.replayed"):  # said by its author, and in its place; not here
        return PEER
    if not isinstance(error, VerificationError):
        return author(game, post.body, Certainty.OBSERVED)
    blame = author(game, post.body, Certainty.PROVEN)
    if _wrong_as_seen(game, post, error.code):
        return blame
    return Blame(Party.PLAYER_OR_SERVER, blame.who, Certainty.SUSPECTED)


def _wrong_as_seen(game: Simulator, post: SignedPost, code: str) -> bool:
    """Whether a post breaks the same rule by the history that it names, however late it is."""
    body: Any = post.body
    seen = next((k for k, entry in enumerate(game.entries, 1) if entry.hash == body.seen), 0)
    if not seen:
        return False
    state = fold(game.entries[:seen], settle=lambda claims: None)
    at = game.now + YEARS
    try:
        apply(state, post, at, entry_hash(seen, at, state.head, post))
    except SantaError as e:
        return e.code == code
    return False


def at_the_door(
    game: Simulator, post: SignedPost, story: str, *, won: bool, order: Any = None, **figures: str
) -> Seen:
    """Send a post to an honest server, and return what is seen.

    `order` is how that server takes posts, if not by the rules alone: a function of the signed post.
    `won` says whether the cheater would have won, had nobody looked. If the server refuses, the lab also looks
    which check would show it, had the server ordered it all the same. The blame is that of `to_blame`.

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
            blame=to_blame(game, post, e), figures=figures,
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
