"""Mixes, tests and openings of batches, and the cards (docs/protocol.md, sections 11.5 and 11.6).

What a post must prove is listed in the state as claims, and settled by `rules.apply`. Nothing here
depends on whether they hold: a post whose claims do not hold is refused as a whole.

See `lobby` for what a function takes and returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.elgamal import Cipher, claimed_rows, extract, plaintext
from sealed_santa.crypto.group import BASE, IDENTITY, Point, base_multiples, decode_points
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE, Batch, Deck, Kind, decks_allowed
from sealed_santa.game.draw import check_round
from sealed_santa.game.lobby import refuse
from sealed_santa.game.stages import (
    begin_batch,
    begin_cards,
    begin_order,
    blind_state,
    card_tests,
    deal_deck,
    delivered,
    enter,
    fresh_decks,
    mixed,
    name_santas,
    present,
    progress,
    the_batch,
    void,
)
from sealed_santa.game.state import Phase, State
from sealed_santa.game.statements import (
    blinding_statement,
    decryption_statement,
    hand_statement,
    shown,
    shuffle_statement,
)
from sealed_santa.game.trustees import mix_complete, pending, trustee
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.posts import Blinding, BlindTerms, Close, Hand, Mix, OpeningPost
from sealed_santa.proofs.equations import Equation
from sealed_santa.proofs.shuffle.statements import parse_shuffle, shuffle_size
from sealed_santa.proofs.shuffle.verify import shuffle_equations

_ROW: Final = 64  # bytes of a ciphertext


def check_batch(state: State, batch: int) -> None:
    """Refuse a post that was made for another batch.

    Raises:
        IllegalPost: `batch.wrong`.
    """
    blind = blind_state(state)
    now = blind.deal_batch if blind.batch is None else blind.batch.number
    if batch != now:
        raise refuse("batch.wrong", f"the post is for batch {batch}, this is batch {now}")


def width(batch: Batch) -> int:
    """Return w, the number of ciphertexts in a row."""
    return {Kind.BRIDGE: 2, Kind.ORDER: 2, Kind.GIFTS: GIFT_COLUMNS}.get(batch.kind, 1)


def deck_bounds(state: State) -> tuple[int, int]:
    """Return the least and the greatest number of decks that the first mix of a batch of cards may have."""
    terms = state.create.blind
    limit = terms.batch_tests if isinstance(terms, BlindTerms) else 0
    return decks_allowed(len(present(state)), len(card_tests(state, 1)), limit)


def mix_input(state: State, decks: int) -> tuple[Deck, ...]:
    """Return the rows that the next mix starts from; `decks` counts only where no mix has fixed their number."""
    batch = the_batch(state)
    return batch.decks or fresh_decks(state, decks)


def mix(state: State, post: SignedPost, body: Mix, at: int) -> State:
    """Take a mix; when all have mixed, the batch goes on.

    Raises:
        IllegalPost: `round.wrong`, `trustee.not`, `batch.wrong`, `mix.twice`, `mix.rows`, `mix.proof-form`,
            `mix.proof-wrong`.
    """
    check_round(state, body.round)
    index = trustee(state, body.by)
    check_batch(state, body.batch)
    blind, batch = blind_state(state), the_batch(state)
    if index in batch.mixers:
        raise refuse("mix.twice", "this trustee has mixed the batch already")
    after = _rows(state, body)
    before = mix_input(state, len(after))
    claims = _shuffles(state, body, before, after)
    batch = replace(batch, decks=after, mixers=(*batch.mixers, index))
    blind = replace(blind, batch=batch, work_seq=len(state.chain), confirmed=blind.confirmed | {index})
    return mix_complete(progress(state, blind, claims=claims), at)


def _rows(state: State, body: Mix) -> tuple[Deck, ...]:
    """Return the rows of a mix, deck by deck."""
    batch = the_batch(state)
    columns, rows = width(batch), len(present(state)) if not batch.decks else len(batch.decks[0])
    size = _ROW * columns * rows
    decks, rest = divmod(len(body.rows), size)
    least, most = (len(batch.decks),) * 2 if batch.decks else deck_bounds(state)
    if rest or not least <= decks <= most:
        raise refuse("mix.rows", f"a mix of this batch has from {least} to {most} decks of {size} bytes")
    try:
        return tuple(claimed_rows(body.rows[d * size : (d + 1) * size], rows, columns) for d in range(decks))
    except ParseError as e:
        raise refuse("mix.rows", f"a row of the mix holds no valid point: {e.message}") from e


def _shuffles(state: State, body: Mix, before: tuple[Deck, ...], after: tuple[Deck, ...]) -> tuple[Equation, ...]:
    batch = the_batch(state)
    rows, columns = len(after[0]), width(batch)
    size = shuffle_size(rows, columns)
    if len(body.proofs) != size * len(after):
        raise refuse("mix.proof-form", f"the proofs of {len(after)} decks have {size * len(after)} bytes")
    claims: list[Equation] = []
    for deck in range(len(after)):
        message = f"the mix of deck {deck} of batch {batch.number} is not shown to be a shuffle"
        statement = shuffle_statement(state, body.by, deck, before[deck], after[deck])
        try:
            proof = parse_shuffle(body.proofs[deck * size : (deck + 1) * size], rows, columns)
        except ParseError as e:
            raise refuse("mix.proof-form", f"{message}: {e.message}") from e
        claims += [Equation(s, "mix.proof-wrong", message) for s in shuffle_equations(statement, proof)]
    return tuple(claims)


def close_mixing(state: State, body: Close, at: int) -> State:
    """End a mixing without those who are late.

    Raises:
        IllegalPost: `close.too-early`, `close.too-few`.
    """
    blind, batch = blind_state(state), the_batch(state)
    if len(batch.mixers) < blind.threshold:
        raise refuse("close.too-few", f"{len(batch.mixers)} trustees have mixed; {blind.threshold} are needed")
    server = body.by != state.create.by
    if pending(state, at) or (server and at < state.phase_at + state.create.patience):
        raise refuse("close.too-early", "the trustees still have time", hint="wait until it is over")
    return mixed(state, at)


# --- tests and openings ---------------------------------------------------------------------------


def blinding(state: State, post: SignedPost, body: Blinding, at: int) -> State:
    """Take a blinding of all tests; after the t-th they are opened.

    Raises:
        IllegalPost: `round.wrong`, `trustee.not`, `batch.wrong`, `blinding.twice`, `blinding.pairs`,
            `blinding.proof-form`, `blinding.proof-wrong`.
    """
    check_round(state, body.round)
    index = trustee(state, body.by)
    check_batch(state, body.batch)
    blind, batch = blind_state(state), the_batch(state)
    if index in batch.blinders:
        raise refuse("blinding.twice", "this trustee has blinded the tests already")
    try:
        rows = claimed_rows(body.pairs, len(batch.tests), 1)
    except ParseError as e:
        raise refuse("blinding.pairs", f"these are not {len(batch.tests)} valid pairs: {e.message}") from e
    pairs = tuple(row[0] for row in rows)
    message = f"the blinding by trustee {index} is not shown to be one"
    statement = blinding_statement(state, body.by, pairs)
    claims = shown(statement, body.proof, message, form="blinding.proof-form", wrong="blinding.proof-wrong")
    batch = replace(batch, pairs=pairs, blinders=(*batch.blinders, index))
    after = progress(state, replace(blind, batch=batch, work_seq=len(state.chain)), claims=claims)
    if len(batch.blinders) < blind.threshold:
        return after
    return enter(after, at, Phase.OPENING, blind_state(after))


def opening(state: State, post: SignedPost, body: OpeningPost, at: int) -> State:
    """Take a trustee's decryption shares; with the t-th, see what was opened.

    Raises:
        IllegalPost: `round.wrong`, `trustee.not`, `batch.wrong`, `opening.twice`, `opening.shares`,
            `opening.proof-form`, `opening.proof-wrong`.
    """
    check_round(state, body.round)
    index = trustee(state, body.by)
    check_batch(state, body.batch)
    blind, batch = blind_state(state), the_batch(state)
    if index in batch.openings:
        raise refuse("opening.twice", "this trustee has opened the batch already")
    count = len(batch.opened())
    try:
        shares = decode_points(body.shares, count)
    except ParseError as e:
        raise refuse("opening.shares", f"these are not {count} valid decryption shares: {e.message}") from e
    message = f"the decryption shares of trustee {index} are not shown to be right"
    statement = decryption_statement(state, body.by, index, shares)
    claims = shown(statement, body.proof, message, form="opening.proof-form", wrong="opening.proof-wrong")
    batch = replace(batch, openings={**batch.openings, index: shares})
    after = progress(state, replace(blind, batch=batch), claims=claims)
    if len(batch.openings) < blind.threshold:
        return after
    try:
        return _opened(after, at)
    except ParseError as e:
        raise refuse("opening.shares", f"what was opened holds no valid point: {e.message}") from e


def _plaintexts(batch: Batch) -> Iterator[Point]:
    """Yield the plaintexts of what a batch opens, in order; each is worked out when it is asked for."""
    for place, cipher in enumerate(batch.opened()):
        yield plaintext(cipher, {index: shares[place] for index, shares in batch.openings.items()})


def _hits(batch: Batch) -> Iterator[bool]:
    return (point == IDENTITY for point in _plaintexts(batch))


def _opened(state: State, at: int) -> State:
    batch = the_batch(state)
    match batch.kind:
        case Kind.CARDS | Kind.SCREEN:
            deck = _first_clean(batch)
            return begin_cards(state, at) if deck is None else deal_deck(state, at, batch.decks[deck], deck)
        case Kind.BRIDGE:
            rows = [row for row, hit in enumerate(_hits(batch), 1) if hit]
            return begin_order(state, at, rows[0]) if len(rows) == 1 else begin_cards(state, at)
        case Kind.ORDER:
            return _put_in_order(state, at, batch)
        case Kind.GIFTS:
            return deliver(state, at)
        case Kind.REVEAL:
            return _revealed(state, at, batch)


def _first_clean(batch: Batch) -> int | None:
    """Return the first deck none of whose tests hits; a deck is looked at only as far as its first hit."""
    places: dict[int, list[int]] = {deck: [] for deck in range(len(batch.decks))}
    for place, test in enumerate(batch.tests):
        places[test.deck].append(place)

    def hit(place: int) -> bool:
        shares = {index: opened[place] for index, opened in batch.openings.items()}
        return plaintext(batch.pairs[place], shares) == IDENTITY

    return next((deck for deck, tests in places.items() if not any(hit(place) for place in tests)), None)


def _numbers(state: State, batch: Batch) -> tuple[int, ...] | None:
    """Return the players that the opened ciphertexts name, or None if some names nobody who is there."""
    multiples = base_multiples(len(state.players))
    names = {multiples[p.number]: p.number for p in present(state)}
    numbers = [names.get(point) for point in _plaintexts(batch)]
    found = tuple(number for number in numbers if number is not None)
    return found if len(found) == len(numbers) else None


def _put_in_order(state: State, at: int, batch: Batch) -> State:
    numbers = _numbers(state, batch)
    here = tuple(p.number for p in present(state))
    if numbers is None or tuple(sorted(numbers)) != here:
        return begin_cards(state, at)
    slots = dict(zip(numbers, (row[1] for row in batch.decks[0]), strict=True))
    deck = tuple((slots[number],) for number in here)
    return begin_batch(state, at, Batch(0, Kind.SCREEN, (deck,), leaver=batch.leaver))


def deliver(state: State, at: int) -> State:
    """Deliver the opened envelopes; called without any openings where nobody gave."""
    blind, batch = blind_state(state), the_batch(state)
    points = list(_plaintexts(batch))
    boxes = tuple(
        b"".join(extract(point)[:PIECE] for point in points[start : start + GIFT_COLUMNS])
        for start in range(0, len(points), GIFT_COLUMNS)
    )
    return delivered(state, at, boxes, tuple(sorted(blind.envelopes)))


def _revealed(state: State, at: int, batch: Batch) -> State:
    numbers = _numbers(state, batch)
    if numbers is None or len(set(numbers)) != len(numbers):
        return void(state, at)
    blind = blind_state(state)
    blind = replace(blind, pairs=tuple(zip(blind.holders, numbers, strict=True)))
    return name_santas(enter(state, at, Phase.OVER, blind, reveal_seq=len(state.chain)))


# --- cards ----------------------------------------------------------------------------------------


def hand(state: State, post: SignedPost, body: Hand, at: int) -> State:
    """Take a trustee's decryption shares of the cards, each for its player alone; with the t-th all are dealt.

    Raises:
        IllegalPost: `round.wrong`, `trustee.not`, `batch.wrong`, `hand.twice`, `hand.cards`, `hand.proof-form`,
            `hand.proof-wrong`.
    """
    check_round(state, body.round)
    index = trustee(state, body.by)
    check_batch(state, body.batch)
    blind = blind_state(state)
    if index in blind.hands:
        raise refuse("hand.twice", "this trustee has handed out its shares already")
    count = len(blind.deck)
    try:
        points = decode_points(body.cards, 2 * count)
    except ParseError as e:
        raise refuse("hand.cards", f"these are not {count} pairs of valid points: {e.message}") from e
    hands = tuple(zip(points[::2], points[1::2], strict=True))
    message = f"the hands of trustee {index} are not shown to be right"
    statement = hand_statement(state, body.by, index, hands)
    claims = shown(statement, body.proof, message, form="hand.proof-form", wrong="hand.proof-wrong")
    blind = replace(blind, hands={**blind.hands, index: hands})
    after = progress(state, blind, claims=claims)
    if len(blind.hands) < blind.threshold:
        return after
    blind = replace(blind, dealt_seq=len(state.chain), dealt_at=at)
    return enter(after, at, Phase.CHOOSING, blind)


def read_hand(state: State, number: int, secret: int) -> int | None:
    """Return the number of the player that this one gives to, with the secret of its group key; None before the deal.

    Raises:
        ParseError: `point.invalid`; never for a log whose proofs hold.
    """
    blind = blind_state(state)
    if len(blind.hands) < blind.threshold or number not in blind.holders:
        return None
    place = blind.holders.index(number)
    shares = {index: hands[place][1] - secret * hands[place][0] for index, hands in blind.hands.items()}
    card: Cipher = blind.deck[place][0]
    point = plaintext(card, shares)
    return next((p.number for p in present(state) if p.number * BASE == point), None)
