"""The only judge: which post is legal when, and what it changes (docs/protocol.md, section 5).

Two rules of this house:

1. Everything that decides whether a post is legal lives in this room, and every party runs it: the
   server before it orders a post, players and auditor when they read it.
2. It judges an entry against a state and knows nothing else: no secret, no clock, no randomness.

A game goes through these phases; each ends by an entry, never by anybody's clock:

    joining --start--> deck --deck--> coins --last coin--> deal --deal--> choosing --close--> closed
                        ^               |                    |
                        +-----drop------+----- all out ------+        (a new round)

    closed --delivery--> delivered --reveal, or with `never` the last receipt or a call--> over

    void: a founded dispute about a card, or no round left

A blind game has no dealer; its trustees work on batches instead (docs/protocol.md, section 11):

    joining --start--> coins --last coin--> keys --close--> mixing --close--> blinding --t-th--> opening
                                                              ^                                    |
                                                              +------------- no clean deck --------+
    opening --clean deck--> dealing --t-th hand--> choosing --close--> mixing --close--> opening --t-th--> delivered
                                                      |                   |
                                                      +--leave, drop------+----> mixing (the repair)
    delivered --call, last receipt, close--> revealing --t-th opening--> over

`TABLES` says for each mode and type of post who may say it and in which phases. What a table cannot express
stands in the function that it names. Equations that a post must satisfy are listed by these functions
and settled at the end of `apply`; an auditor may gather them and settle all at once. `seen` is the same for
all: an entry of this log, not older than the author's last, and not older than what the post answers
(`_least_seen`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sealed_santa.base.errors import IllegalPost, ProofError
from sealed_santa.game import draw, envelopes, giving, lobby, mixing, trustees, verdicts
from sealed_santa.game.lobby import refuse
from sealed_santa.game.state import Phase, State
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import (
    Accept,
    Answer,
    Blinding,
    Call,
    Close,
    CoinPost,
    Complaint,
    Create,
    Deal,
    Deck,
    Delivery,
    Dispute,
    Drop,
    EnvelopePost,
    Gift,
    Hand,
    Join,
    KeyPost,
    Leave,
    Mix,
    OpeningPost,
    Receipt,
    Refusal,
    Reveal,
    Start,
)
from sealed_santa.proofs.equations import Equation, check


class Role(StrEnum):
    """As whom an author speaks."""

    NEWCOMER = "newcomer"
    PLAYER = "player"
    ORGANISER = "organiser"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may say something, when, and the function that judges the rest and applies it."""

    roles: tuple[Role, ...]
    phases: tuple[Phase, ...]
    apply: Callable[[State, SignedPost, Any, int], State]


def _timeless(judge: Callable[[State, SignedPost, Any], State]) -> Callable[[State, SignedPost, Any, int], State]:
    return lambda state, post, body, at: judge(state, post, body)


def _by_phase(
    first: Callable[[State, SignedPost, Any, int], State],
    phase: Phase,
    second: Callable[[State, SignedPost, Any, int], State],
) -> Callable[[State, SignedPost, Any, int], State]:
    """Judge by the first function in one phase, and by the second in all others."""
    return lambda state, post, body, at: (first if state.phase is phase else second)(state, post, body, at)


_P, _R = Phase, Role
_AFTER_DEAL: Final = (_P.CHOOSING, _P.CLOSED, _P.DELIVERED, _P.OVER)

Table = dict[type, Rule]

SEALED: Final[Table] = {
    Join: Rule((_R.NEWCOMER,), (_P.JOINING,), _timeless(lobby.join)),
    Leave: Rule((_R.PLAYER,), (_P.JOINING,), _timeless(lobby.leave)),
    Start: Rule((_R.PLAYER, _R.ORGANISER), (_P.JOINING,), _timeless(lobby.start)),
    Deck: Rule((_R.SERVER,), (_P.DECK,), draw.deck),
    CoinPost: Rule((_R.PLAYER,), (_P.COINS,), _timeless(draw.coin)),
    Drop: Rule((_R.ORGANISER,), (_P.COINS,), draw.drop),
    Deal: Rule((_R.SERVER,), (_P.DEAL,), draw.deal),
    Accept: Rule((_R.PLAYER,), (_P.CHOOSING,), _timeless(giving.accept)),
    Gift: Rule((_R.PLAYER,), (_P.CHOOSING,), _timeless(giving.gift)),
    Refusal: Rule((_R.SERVER,), (_P.CHOOSING, _P.CLOSED), _timeless(giving.refusal)),
    Close: Rule((_R.ORGANISER, _R.SERVER), (_P.CHOOSING,), giving.close),
    Delivery: Rule((_R.SERVER,), (_P.CLOSED,), _timeless(giving.delivery)),
    Receipt: Rule((_R.PLAYER,), (_P.DELIVERED, _P.OVER), _timeless(giving.receipt)),
    Call: Rule((_R.ORGANISER,), (_P.DELIVERED,), _timeless(giving.call)),
    Reveal: Rule((_R.SERVER,), (_P.DELIVERED,), verdicts.reveal),
    Dispute: Rule((_R.PLAYER,), _AFTER_DEAL, _timeless(verdicts.dispute)),
}

_GIVING: Final = (_P.CHOOSING, _P.MIXING)
_WORK: Final = (_P.MIXING, _P.BLINDING, _P.OPENING, _P.DEALING)
_CONTEST: Final = (*_WORK, _P.CHOOSING, _P.REVEALING)  # a share of the joint key may be found wrong
_DELIVERED: Final = (_P.DELIVERED, _P.REVEALING, _P.OVER)

BLIND: Final[Table] = {
    Join: SEALED[Join],
    Leave: Rule((_R.PLAYER,), (_P.JOINING, *_GIVING), _by_phase(_timeless(lobby.leave), _P.JOINING, envelopes.leave)),
    Start: Rule((_R.PLAYER, _R.ORGANISER), (_P.JOINING,), trustees.start),
    CoinPost: Rule((_R.PLAYER,), (_P.COINS,), trustees.coin),
    Drop: Rule(
        (_R.ORGANISER, _R.PLAYER), (_P.COINS, *_GIVING), _by_phase(trustees.drop_without_coin, _P.COINS, envelopes.drop)
    ),
    KeyPost: Rule((_R.PLAYER,), (_P.COINS, _P.KEYS), trustees.key),
    Complaint: Rule((_R.PLAYER,), _CONTEST, trustees.complaint),
    Answer: Rule((_R.PLAYER,), _CONTEST, trustees.answer),
    Mix: Rule((_R.PLAYER,), (_P.MIXING,), mixing.mix),
    Blinding: Rule((_R.PLAYER,), (_P.BLINDING,), mixing.blinding),
    OpeningPost: Rule((_R.PLAYER,), (_P.OPENING, _P.REVEALING), mixing.opening),
    Hand: Rule((_R.PLAYER,), (_P.DEALING,), mixing.hand),
    EnvelopePost: Rule((_R.PLAYER,), (_P.CHOOSING,), envelopes.envelope),
    Close: Rule((_R.ORGANISER, _R.SERVER), (_P.KEYS, *_WORK, _P.CHOOSING, _P.DELIVERED), envelopes.close),
    Receipt: Rule((_R.PLAYER,), _DELIVERED, envelopes.receipt),
    Call: Rule((_R.ORGANISER,), (_P.DELIVERED,), envelopes.call),
    Dispute: Rule((_R.PLAYER,), _DELIVERED, envelopes.dispute),
}

TABLES: Final[dict[str, Table]] = {"sealed": SEALED, "blind": BLIND}


def roles_of(state: State, key: bytes) -> frozenset[Role]:
    """Return the roles in which the holder of a key speaks; a stranger is a newcomer."""
    roles = set()
    if key == state.create.by:
        roles.add(Role.ORGANISER)
    if key == state.create.server:
        roles.add(Role.SERVER)
    if state.player(key) is not None:
        roles.add(Role.PLAYER)
    return frozenset(roles or {Role.NEWCOMER})


def _least_seen(state: State, body: object) -> int:
    """Return the `seq` of the oldest entry that the author of this post must have seen."""
    number = 0
    if isinstance(body, (Gift, Receipt, Accept, Dispute)) and (player := state.player(body.by)) is not None:
        number = player.number
    match body:
        case Deck():
            return state.lock_seq
        case CoinPost() | Drop():
            return state.deck_seq
        case Deal():
            return state.coin_seq
        case Accept():
            return state.deal_seq
        case Gift():
            return max(state.deal_seq, state.gift_seqs.get(number, 0), state.refusal_seqs.get(number, 0))
        case Refusal():
            return state.gift_seqs.get(body.giver, 0)
        case Close():
            return state.choosing_seq if body.by == state.create.server else state.deal_seq
        case Delivery():
            return max(state.closed_seq, state.choosing_seq)
        case Receipt() | Call():
            return state.delivery_seq
        case Reveal():
            return max(state.delivery_seq, state.receipt_seq, state.called_seq)
        case Dispute():
            return {"card": state.deal_seq, "delivery": state.delivery_seq, "reveal": state.reveal_seq}[body.about]
    return 0


def _least_seen_blind(state: State, body: Any) -> int:
    """Return the same for a blind game (docs/protocol.md, section 11.3)."""
    blind = state.blind
    if blind is None:
        return 0
    match body:
        case CoinPost():
            return state.lock_seq
        case KeyPost():
            return state.lock_seq if len(blind.trustees) == len(state.players) else state.phase_seq
        case Drop() if state.phase is Phase.COINS:
            return state.lock_seq
        case Complaint():
            return blind.keys_seq
        case Answer():
            return _complaint_seq(state, body)
        case Mix() | Blinding():
            return _last_work(state)
        case EnvelopePost():
            return max(state.phase_seq, _last_envelope(state, body))
        case Close() if body.by == state.create.server:
            return state.step_seq
        case Receipt() | Call() | Dispute():
            return blind.delivered_seq
    return state.phase_seq


def _complaint_seq(state: State, body: Answer) -> int:
    player = state.player(body.by)
    if state.blind is None or player is None:
        return 0
    index = state.blind.index(player.number)
    open_ = None if index is None else state.blind.complaints.get((body.accuser, index))
    return 0 if open_ is None else open_.seq


def _last_work(state: State) -> int:
    """Return the `seq` of what the next mix or blinding starts from."""
    return state.phase_seq if state.blind is None else max(state.phase_seq, state.blind.work_seq)


def _last_envelope(state: State, body: EnvelopePost) -> int:
    player = state.player(body.by)
    standing = None if state.blind is None or player is None else state.blind.envelopes.get(player.number)
    return 0 if standing is None else standing.seq


def _check_seen(state: State, body: Any) -> int:
    """Judge `seen` and return the `seq` that it names.

    Raises:
        IllegalPost: `seen.unknown` (of another log: the sign of a fork), `seen.backwards`,
            `seen.too-old`.
    """
    seq = state.chain.find(body.seen)
    if seq is None:
        raise refuse("seen.unknown", "the author has seen an entry that this log does not have")
    if seq < state.last_seen.get(body.by, 0):
        raise refuse("seen.backwards", "the author had seen more before")
    if seq < (_least_seen(state, body) if state.mode.dealer else _least_seen_blind(state, body)):
        raise refuse("seen.too-old", "the author has not seen what this post answers")
    return seq


Settle = Callable[[tuple[Equation, ...]], None]


def apply(state: State | None, post: SignedPost, at: int, digest: Hash, settle: Settle = check) -> State:
    """Return the state after a post that is ordered next, at time `at`, in an entry of this hash.

    The signatures have been checked (`log.entry.verify_post`); the chain is the caller's. `settle` gets the
    equations that the post must satisfy (of blind games; a deal is checked on its own) and raises ProofError
    for one that does not hold. Who gathers them instead knows nothing before all have been checked.

    Raises:
        IllegalPost: the post is not legal here; `code` says which rule it breaks.
    """
    body = post.body
    if state is None:
        if not isinstance(body, Create):
            raise refuse("game.no-create", "a log begins with a create")
        first = lobby.create(post, body)
        return replace(first, chain=first.chain.append(digest), posts=first.posts.append(post.hash), at=at)
    if isinstance(body, Create):
        raise refuse("game.second-create", "a log has one create")
    if body.game != state.game:
        raise refuse("game.wrong", "the post belongs to another game")
    if state.posts.find(post.hash) is not None:
        raise refuse("post.replayed", "this very post is in the log already")
    rule = TABLES[state.create.mode].get(type(body))
    if rule is None:
        raise refuse("mode.wrong", f"games of mode {state.create.mode} have no post {body.__struct_config__.tag}")
    if not roles_of(state, body.by).intersection(rule.roles):
        raise refuse("author.wrong", f"{body.__struct_config__.tag} is only for: {', '.join(rule.roles)}")
    if state.phase not in rule.phases:
        raise refuse("turn.wrong", f"it is not the time for {body.__struct_config__.tag}; the phase is {state.phase}")
    seen = _check_seen(state, body)
    after = rule.apply(state, post, body, at)
    if after.claims:
        try:
            settle(after.claims)
        except ProofError as e:
            raise refuse(e.code, e.message) from e
    return replace(
        after,
        claims=(),
        chain=state.chain.append(digest),
        posts=state.posts.append(post.hash),
        at=at,
        last_seen={**state.last_seen, body.by: seen},
    )


__all__ = ["TABLES", "IllegalPost", "Role", "Rule", "apply", "roles_of"]
