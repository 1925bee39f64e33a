"""The trustees of a blind game and the key that they hold together (docs/protocol.md, sections 11.1 and 11.4).

Feldman's verifiable secret sharing (FOCS 1987) with proofs of possession, as in the key generation of
FROST (Komlo and Goldberg, SAC 2020). A share that is wrong is shown by its sender: whoever complains
publishes nothing, or t - 1 corrupt trustees could make an honest one publish its key to them.

See `lobby` for what a function takes and returns.
"""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.base.errors import Blame, Certainty, ParseError, Party, VerificationError
from sealed_santa.crypto.group import Point, decode_points
from sealed_santa.crypto.sharing import check_share
from sealed_santa.game import draw, lobby
from sealed_santa.game.batches import OpenComplaint
from sealed_santa.game.draw import check_round
from sealed_santa.game.giving import seated
from sealed_santa.game.lobby import refuse
from sealed_santa.game.stages import (
    blind_state,
    close_keys,
    coins_complete,
    find_out,
    mixed,
    open_round,
    progress,
    the_batch,
)
from sealed_santa.game.state import Fault, Phase, State
from sealed_santa.game.statements import key_statement, shown
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Answer, Close, CoinPost, Complaint, Drop, KeyPost, Start
from sealed_santa.proofs.equations import Equation


def trustee(state: State, key: SignKey) -> int:
    """Return the index of a trustee that takes part.

    Raises:
        IllegalPost: `trustee.not`.
    """
    index = blind_state(state).index(seated(state, key).number)
    if index is None:
        raise refuse("trustee.not", "the author is no trustee, or takes no part any more")
    return index


def start(state: State, post: SignedPost, body: Start, at: int) -> State:
    """Lock the roster and begin the coins; raises as `lobby.start`."""
    return open_round(lobby.start(state, post, body), at)


def coin(state: State, post: SignedPost, body: CoinPost, at: int) -> State:
    """Take a coin; with the last one the trustees are known. Raises as `draw.coin`."""
    after = draw.coin(state, post, body)
    if after.phase is Phase.DEAL:
        return coins_complete(after, at)
    return progress(after, blind_state(after))


def drop_without_coin(state: State, post: SignedPost, body: Drop, at: int) -> State:
    """Drop players whose coin is not in the log, and begin a new round; raises as `draw.drop`, and `author.wrong`."""
    if body.by != state.create.by:
        raise refuse("author.wrong", "only the organiser drops players without a coin")
    return open_round(draw.drop(state, post, body, at), at)


def key(state: State, post: SignedPost, body: KeyPost, at: int) -> State:
    """Take a trustee's part of the joint key; with the last one the keys are closed.

    Raises:
        IllegalPost: `round.wrong`, `turn.wrong` (coins are not all in, and trustees not known), `trustee.not`,
            `key.twice`, `key.commitments`, `key.shares`, `key.possession`.
    """
    check_round(state, body.round)
    blind = blind_state(state)
    if not blind.trustees:
        raise refuse("turn.wrong", "the trustees are not known before all coins are in")
    index = trustee(state, body.by)
    if index in blind.commitments:
        raise refuse("key.twice", "this trustee's key of the round is in the log already")
    commitments = _commitments(body, blind.threshold)
    if body.shares.count() != len(blind.trustees):
        raise refuse("key.shares", f"{body.shares.count()} shares for {len(blind.trustees)} trustees")
    claims = _possession(state, index, body, commitments)
    blind = replace(
        blind,
        commitments={**blind.commitments, index: commitments},
        share_boxes={**blind.share_boxes, index: body.shares.units()},
    )
    after = progress(state, blind, claims=claims)
    if state.phase is Phase.KEYS and len(blind.commitments) == len(blind.trustees):
        return close_keys(after, at)
    return after


def _commitments(body: KeyPost, threshold: int) -> tuple[Point, ...]:
    try:
        return decode_points(body.commitments, threshold)
    except ParseError as e:
        raise refuse("key.commitments", f"these are not {threshold} valid commitments: {e.message}") from e


def _possession(state: State, index: int, body: KeyPost, commitments: tuple[Point, ...]) -> tuple[Equation, ...]:
    message = f"trustee {index} does not show that it knows the secret of its key"
    statement = key_statement(state, body.by, index, commitments)
    return shown(statement, body.possession, message, form="key.possession", wrong="key.possession")


def close_early(state: State, body: Close, at: int) -> State:
    """Close the keys when the time for them is over; with too few only the organiser does, and the game is void.

    Raises:
        IllegalPost: `close.too-early`, `close.too-few`.
    """
    blind = blind_state(state)
    if at < blind.coins_at + state.create.patience:
        raise refuse("close.too-early", "the trustees still have time for their keys", hint="wait until it is over")
    if len(blind.commitments) < blind.threshold and body.by != state.create.by:
        raise refuse("close.too-few", f"{len(blind.commitments)} keys are there; {blind.threshold} are needed")
    return close_keys(state, at)


def complaint(state: State, post: SignedPost, body: Complaint, at: int) -> State:
    """Note that a trustee finds its share from another wrong.

    Raises:
        IllegalPost: `round.wrong`, `trustee.not`, `complaint.accused`, `complaint.after-mix`, `complaint.twice`.
    """
    check_round(state, body.round)
    blind = blind_state(state)
    index = trustee(state, body.by)
    if body.accused == index or body.accused not in set(blind.qualified()).intersection(blind.active()):
        raise refuse("complaint.accused", f"trustee {body.accused} is none that can be complained of")
    if index in blind.confirmed:
        raise refuse("complaint.after-mix", "who has mixed has confirmed its shares")
    pair = (index, body.accused)
    if pair in blind.complained:
        raise refuse("complaint.twice", "this complaint has been made already")
    opened = {**blind.complaints, pair: OpenComplaint(len(state.chain), at)}
    return progress(state, replace(blind, complaints=opened, complained=blind.complained | {pair}))


def answer(state: State, post: SignedPost, body: Answer, at: int) -> State:
    """Judge the share that an accused trustee publishes: right, and everybody may use it; wrong, and it is out.

    Raises:
        IllegalPost: `round.wrong`, `trustee.not`, `answer.no-complaint`.
    """
    check_round(state, body.round)
    blind = blind_state(state)
    index = trustee(state, body.by)
    pair = (body.accuser, index)
    if pair not in blind.complaints:
        raise refuse("answer.no-complaint", "there is no such complaint to answer")
    left = {k: v for k, v in blind.complaints.items() if k != pair}
    blind = replace(blind, complaints=left)
    try:
        share = check_share(blind.commitments[index], body.accuser, body.share)
    except VerificationError:
        name = seated(state, body.by).name
        blame = Blame(Party.PLAYER, name, Certainty.PROVEN)
        fault = Fault(len(state.chain), "share.wrong", f"the share that {name} published is wrong", blame)
        found = find_out(replace(state, blind=blind, faults=(*state.faults, fault)), at, frozenset({index}))
        return mix_complete(found, at)
    after = progress(state, replace(blind, published={**blind.published, pair: share}))
    return mix_complete(after, at)


def _is_overdue(state: State, opened: OpenComplaint, at: int) -> bool:
    return at >= opened.at + state.create.patience


def pending(state: State, at: int) -> bool:
    """Whether the accused of some complaint still has time to answer."""
    return any(not _is_overdue(state, c, at) for c in blind_state(state).complaints.values())


def overdue(state: State, at: int) -> frozenset[int]:
    """Return the indices of the accused who are found out now: late with their answer, and not needed for t keys.

    Where fewer would be left nobody is: who accuses everybody who sleeps could end the game. And once a card was
    handed out nobody is either: it would help nobody.
    """
    blind = blind_state(state)
    if not blind.undealt:
        return frozenset()
    late = frozenset(accused for (_, accused), c in blind.complaints.items() if _is_overdue(state, c, at))
    return late if len(set(blind.active()) - late) >= blind.threshold else frozenset()


def expel(state: State, at: int, accused: frozenset[int]) -> State:
    """Find out trustees that left a complaint unanswered; they may be at fault, or who complained, or the server."""
    blind = blind_state(state)
    faults = []
    for accuser, index in sorted(blind.complaints):
        if index not in accused:
            continue
        name, other = (state.players[blind.trustees[i - 1] - 1].name for i in (index, accuser))
        blame = Blame(Party.PLAYER_OR_SERVER, f"{name} or {other}", Certainty.SUSPECTED)
        message = f"{name} has not answered the complaint of {other} about a share"
        faults.append(Fault(len(state.chain), "share.missing", message, blame))
    return find_out(replace(state, faults=(*state.faults, *faults)), at, accused)


def mix_complete(state: State, at: int) -> State:
    """Go on if a mix is waited for, all trustees that take part have mixed, and no complaint is open."""
    if state.phase is not Phase.MIXING:
        return state
    blind, batch = blind_state(state), the_batch(state)
    if blind.complaints or set(blind.active()).difference(batch.mixers):
        return state
    return mixed(state, at)
