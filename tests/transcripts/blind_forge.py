"""Blind games for the corpus: honest beginnings, and trustees and players that cheat.

Whole games are played once in a process and kept after every entry, so that a bad case costs no more than
its last post. A dishonest trustee runs the provers on false statements, and does its best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any
from unittest import mock

from sealed_santa.base.labels import Label
from sealed_santa.crypto.elgamal import Cipher, Row, embed, encode_ciphers, encode_rows, encrypt, rerandomise, trivial
from sealed_santa.crypto.group import BASE, ORDER, Point, encode_points, encode_scalars
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.crypto.sharing import commit_polynomial, evaluate
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE, Deck, Kind
from sealed_santa.game.boxes import box_info
from sealed_santa.game.envelopes import BlindGift, encode_gift, gift_info
from sealed_santa.game.exclusions import resolve
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.stages import blind_state, present, the_batch
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.game.statements import (
    blinding_statement,
    decryption_statement,
    envelope_statement,
    group_keys,
    hand_statement,
    joint_key,
    key_statement,
    shuffle_statement,
)
from sealed_santa.lab.simulator import seeded_entropy
from sealed_santa.log.fields import Points, Proof, Share, ShareBoxes
from sealed_santa.log.posts import (
    Answer,
    Blinding,
    BlindTerms,
    Complaint,
    EnvelopePost,
    Exclusions,
    Hand,
    KeyPost,
    Mix,
    OpeningPost,
)
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.proofs.shuffle import prove as shuffle_prover
from sealed_santa.roles import dealer, guest, player, trustee
from transcripts.forge import CATALOGUE, FOUR, Forger, people

FREE = Exclusions(groups=(), pairs=())
PATIENCE = 3_600_000  # milliseconds, as the simulator's terms have it
SCALARS = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)  # scalars of forgers who need no secrets of their own
SHORT = "corpus/blind/short/4"  # the seed of a game whose first deck of cards is permitted
Change = Callable[[Any], Any]


def same(value: Any) -> Any:
    """Change nothing."""
    return value


# --- games ----------------------------------------------------------------------------------------


def blind_game(
    until: Phase = Phase.OVER,
    names: Sequence[str] = FOUR,
    seed: str = "corpus/blind",
    decks: int = 3,
    exclusions: Exclusions = FREE,
    threshold: int = 0,
    **changes: object,
) -> Forger:
    """Return a blind game of these players with so many decks in a batch, played until a phase is reached."""
    tests = decks * max(1, len(resolve(exclusions, names)))
    terms = BlindTerms(batch_tests=tests, game_tests=100_000, threshold=threshold)
    title = {"title": "A blind game of the corpus", "catalogue": CATALOGUE}
    made = Forger(seed, names, {"mode": "blind", "blind": terms, "exclusions": exclusions, **title, **changes})
    made.fill()
    if until is not Phase.JOINING:
        made.start()
        made.run(until)
    return made


def finish(made: Forger, silent: Sequence[str] = ()) -> Forger:
    """Play to the end although some are silent: time passes, and those close who may."""
    made.run(silent=silent)
    for _ in range(20):
        if made.state.over:
            break
        made.now += PATIENCE
        if made.state.phase is Phase.KEYS:  # with enough keys the server closes, else nobody but the organiser
            made.run(silent=silent)
        if made.state.phase in (Phase.KEYS, Phase.CHOOSING):
            made.organise(player.make_close(made.state, made.organiser.key))
        elif made.state.phase is Phase.DELIVERED:
            made.organise(player.make_call(made.state, made.organiser.key))
        made.run(silent=silent)
    return made


def play(
    made: Forger,
    found: Callable[[State], bool],
    silent: Sequence[str] = (),
    each: Callable[[Forger], object] = lambda made: None,
) -> Forger:
    """Let those who are not silent do what is owed, one post after the other, until something is so."""
    moved = True
    while moved and not found(made.state):
        moved = False
        for body in dealer.duties(made.state, made.dealer, made.now, made.entropy, made.memo):
            made.deal_with(body)
            each(made)
            moved = True
        for name in made.players:
            if found(made.state):
                break
            posts = () if name in silent else made.owed(name).posts
            if posts:
                made.say(name, posts[0])
                each(made)
                moved = True
    return made


def done(state: State) -> int:
    """Return how many have done their part of the present phase."""
    blind = blind_state(state)
    batch = blind.batch
    match state.phase:
        case Phase.COINS:
            return len(state.coins)
        case Phase.KEYS:
            return len(blind.commitments)
        case Phase.DEALING:
            return len(blind.hands)
        case Phase.CHOOSING:
            return len(blind.envelopes)
        case Phase.DELIVERED:
            return len(state.receipts)
    if batch is None:
        return 0
    parts = {Phase.MIXING: len(batch.mixers), Phase.BLINDING: len(batch.blinders)}
    return parts.get(state.phase, len(batch.openings))


def stands(state: State, phase: Phase, count: int = 0, kind: Kind | None = None) -> bool:
    """Whether a game is in a phase, so many have done their part, and the batch is of a kind."""
    if state.phase is not phase or state.blind is None or done(state) != count:
        return False
    return kind is None or (state.blind.batch is not None and state.blind.batch.kind is kind)


def _four() -> Forger:
    return blind_game(Phase.COINS)


def _short() -> Forger:
    """The same players with one deck a batch: for what comes after the cards are tested."""
    return blind_game(Phase.COINS, FOUR, SHORT, decks=1)


def _eight() -> Forger:
    return blind_game(Phase.COINS, people(8), "corpus/blind/eight/2", decks=1)


def _five() -> Forger:
    """Five players, of whom the last leaves when two have given."""
    made = blind_game(Phase.COINS, people(5), "corpus/blind/five/1", decks=1)
    play(made, lambda state: stands(state, Phase.CHOOSING, 2))
    made.say("Player 5", player.make_leave(made.state, made.players["Player 5"].key))
    return made


LINES = {"four": _four, "short": _short, "eight": _eight, "five": _five}


@cache
def line(name: str) -> tuple[Forger, ...]:
    """Return an honest game after every one of its entries from some point on."""
    made = LINES[name]()
    kept = [twin(made)]
    play(made, lambda state: state.over, each=lambda made: kept.append(twin(made)))
    return tuple(kept)


def twin(made: Forger) -> Forger:
    """Return a game with the same log and parties that goes its own way from here."""
    other = copy(made)
    other.entries, other.memo = list(made.entries), {}
    other.players, other.intents = dict(made.players), dict(made.intents)
    other.entropy = seeded_entropy(f"{made.seed}/{len(made.entries)}")
    return other


LATE = (Phase.DEALING, Phase.CHOOSING, Phase.DELIVERED, Phase.REVEALING)


def at(phase: Phase, count: int = 0, kind: Kind | None = None, game: str = "") -> Forger:
    """Return a game where a phase stands as `stands` says; the caller may do with it what it likes.

    Without a name it is one of four players, with three decks a batch if it is about cards, else with one.
    """
    name = game or ("short" if phase in LATE or kind is Kind.GIFTS else "four")
    return twin(next(made for made in line(name) if stands(made.state, phase, count, kind)))


def blind_search(found: Callable[[Forger], bool], begin: int, make: Callable[[str], Forger]) -> Forger:
    """Return the first game of which something is so, by the number of its seed from `begin` on."""
    for number in range(begin, begin + 200):
        made = make(f"corpus/blind/{number}")
        if found(made):
            return made
    raise LookupError("no such game among these seeds")


# --- who is who -----------------------------------------------------------------------------------


def me(made: Forger, who: str) -> tuple[Player, int]:
    """Return a player and its index as a trustee, 0 if it is none."""
    found = made.state.named(who)
    assert found is not None
    numbers = blind_state(made.state).trustees
    return found, numbers.index(found.number) + 1 if found.number in numbers else 0


def outsider(made: Forger) -> str:
    """Return the name of a player who is no trustee."""
    return next(p.name for p in made.state.players if p.number not in blind_state(made.state).trustees)


def owes(made: Forger, who: str) -> Any:
    """Return the body that a player owes."""
    return made.owed(who).posts[0]


def heads(made: Forger, who: str) -> dict[str, Any]:
    """Return the fields that all posts of a round have."""
    state = made.state
    return {"game": state.game, "by": made.id_of(who), "seen": state.head, "round": state.round}


def recipient(made: Forger, who: str) -> Player:
    """Return whom a player gives to; only it can know."""
    found = guest.recipient(made.state, made.players[who], me(made, who)[0])
    assert found is not None
    return found


def santa(made: Forger, who: str) -> str:
    """Return the name of who gives to a player."""
    return next(p.name for p in present(made.state) if recipient(made, p.name).name == who)


def share_of(made: Forger, who: str) -> int:
    """Return a trustee's share of the joint secret."""
    seat, index = me(made, who)
    share = trustee.own_share(made.state, made.players[who], seat, index)
    assert share is not None
    return share


# --- keys -----------------------------------------------------------------------------------------


def coefficients(made: Forger, who: str) -> tuple[int, ...]:
    """Return the polynomial of an honest trustee."""
    return trustee._polynomial(made.state, made.players[who])


def forged_key(
    made: Forger,
    who: str,
    polynomial: Sequence[int] = (),
    commitments: Sequence[Point] = (),
    secret: int | None = None,
    statement: Change = same,
) -> KeyPost:
    """Return a key with another polynomial, or commitments that belong to none; of A_0 its author knows `secret`."""
    state, secrets = made.state, made.players[who]
    seat, index = me(made, who)
    values = tuple(polynomial) or coefficients(made, who)
    points = tuple(commitments) or commit_polynomial(values)
    readers = range(1, len(blind_state(state).trustees) + 1)
    boxes = b"".join(share_box(made, who, j, encode_scalars([evaluate(values, j)])) for j in readers)
    claim = statement(key_statement(state, seat.key, index, points[: blind_state(state).threshold]))
    known = (values[0] if secret is None else secret, *values[1 : blind_state(state).threshold])
    return KeyPost(
        **heads(made, who), commitments=Points(encode_points(points)),
        possession=Proof(prove_linear(claim, known, secrets.seed, made.entropy)), shares=ShareBoxes(boxes),
    )  # fmt: skip


def share_box(made: Forger, who: str, index: int, content: bytes) -> bytes:
    """Seal something to the trustee of an index as a share of this one."""
    state = made.state
    reader = state.players[blind_state(state).trustees[index - 1] - 1]
    info = box_info(Label.SEAL_SHARE, state.game, state.round, index, reader.card_key, made.id_of(who))
    return seal(BoxKey.parse(reader.card_key), content, info)


def with_box(body: KeyPost, index: int, box: bytes) -> ShareBoxes:
    """Return the shares of a key with another box for the trustee of an index."""
    units = list(body.shares.units())
    units[index - 1] = box
    return ShareBoxes(b"".join(units))


def complaint(made: Forger, who: str, accused: int) -> Complaint:
    """Return a complaint about the trustee of an index."""
    return Complaint(**heads(made, who), accused=accused)


def answer(made: Forger, who: str, accuser: int, share: int) -> Answer:
    """Return an answer to the complaint of the trustee of an index."""
    return Answer(**heads(made, who), accuser=accuser, share=Share(share.to_bytes(32, "little")))


# --- mixes ----------------------------------------------------------------------------------------


def forged_mix(
    made: Forger,
    who: str,
    decks: int = 3,
    before: Sequence[Deck] | None = None,
    order: Sequence[int] = (),
    rows: Callable[[int, Deck], Deck] = lambda number, deck: deck,
    statement: Callable[[int, Any], Any] = lambda number, statement: statement,
) -> Mix:
    """Return a mix that starts from other decks, by another order, or ends in other rows; the proofs are tried."""
    state, secrets, batch = made.state, made.players[who], the_batch(made.state)
    blobs, proofs = [], []
    with mock.patch.object(shuffle_prover, "_check_witness"):
        for number, deck in enumerate(before or mix_input(state, decks)):
            after, witness = trustee._mixed(state, secrets, batch, number, deck)
            if order:
                witness = replace(witness, permutation=tuple(order))
                after = shuffle_prover.mix_rows(joint_key(state), deck, order, witness.randomness)
            after = rows(number, after)
            claim = statement(number, shuffle_statement(state, secrets.key, number, deck, after))
            blobs.append(encode_rows(after))
            proofs.append(shuffle_prover.prove_shuffle(claim, witness, secrets.seed, made.entropy).encode())
    return Mix(
        **heads(made, who), batch=batch.number, rows=Points(b"".join(blobs)), proofs=Proof(b"".join(proofs))
    )


def in_session(**changes: object) -> Change:
    """Return what makes a statement one of another place."""
    return lambda statement: replace(statement, session=replace(statement.session, **changes))


def first_deck(change: Callable[[Deck], Sequence[Row]]) -> Callable[[int, Deck], Deck]:
    """Return what changes the rows of deck 0 and of no other."""
    return lambda number, deck: deck if number else tuple(change(deck))


def fresh(made: Forger, cipher: Cipher, r: int = 7) -> Cipher:
    """Return a ciphertext with other randomness."""
    return rerandomise(joint_key(made.state), cipher, r)


def of_player(made: Forger, number: int) -> Row:
    """Return a row that holds a player, encrypted rightly."""
    return (fresh(made, trivial(number)),)


# --- blindings, openings, hands -------------------------------------------------------------------


def forged_blinding(
    made: Forger,
    who: str,
    factors: Sequence[int] = SCALARS,
    pairs: Callable[[tuple[Cipher, ...]], Sequence[Cipher]] = same,
    statement: Change = same,
    before: Sequence[Cipher] | None = None,
    values: Sequence[int] | None = None,
) -> Blinding:
    """Return a blinding of these pairs, which are changed after it; the proof is tried."""
    state, secrets, batch = made.state, made.players[who], the_batch(made.state)
    held = values or [0 if batch.blinders else test.value for test in batch.tests]
    source = zip(factors, before or batch.pairs, held, strict=True)
    after = tuple(pairs(tuple(Cipher(s * c.u, s * (c.v - j * BASE if j else c.v)) for s, c, j in source)))
    claim = statement(blinding_statement(state, secrets.key, after))
    return Blinding(
        **heads(made, who), batch=batch.number, pairs=Points(encode_ciphers(after)),
        proof=Proof(prove_linear(claim, tuple(factors), secrets.seed, made.entropy)),
    )  # fmt: skip


def forged_opening(
    made: Forger,
    who: str,
    share: int | None = None,
    ciphers: Sequence[Cipher] | None = None,
    shares: Callable[[tuple[Point, ...]], Sequence[Point]] = same,
    statement: Change = same,
) -> OpeningPost:
    """Return an opening with another share of the key, of other ciphertexts, or changed; the proof is tried."""
    state, secrets, batch = made.state, made.players[who], the_batch(made.state)
    x = share_of(made, who) if share is None else share
    opened = tuple(shares(tuple(x * cipher.u for cipher in ciphers or batch.opened())))
    claim = statement(decryption_statement(state, secrets.key, me(made, who)[1], opened))
    return OpeningPost(
        **heads(made, who), batch=batch.number, shares=Points(encode_points(opened)),
        proof=Proof(prove_linear(claim, (x,), secrets.seed, made.entropy)),
    )  # fmt: skip


Pair = tuple[Point, Point]


def forged_hand(
    made: Forger,
    who: str,
    share: int | None = None,
    hands: Callable[[list[Pair]], list[Pair]] = same,
    keys: Callable[[list[Point]], list[Point]] = same,
    firsts: Callable[[list[Point]], list[Point]] = same,
    statement: Change = same,
) -> Hand:
    """Return a hand with another share, for other keys, of other slots, or changed; the proof is tried."""
    state, secrets, blind = made.state, made.players[who], blind_state(made.state)
    x = share_of(made, who) if share is None else share
    points = firsts([row[0].u for row in blind.deck])
    readers = keys(list(group_keys(present(state))))
    masks = SCALARS[: len(readers)]
    given = hands([(r * BASE, x * u + r * p) for r, u, p in zip(masks, points, readers, strict=True)])
    claim = statement(hand_statement(state, secrets.key, me(made, who)[1], tuple(given)))
    return Hand(
        **heads(made, who), batch=blind.deal_batch,
        cards=Points(encode_points(point for pair in given for point in pair)),
        proof=Proof(prove_linear(claim, (x, *masks), secrets.seed, made.entropy)),
    )  # fmt: skip


# --- envelopes ------------------------------------------------------------------------------------


def forged_envelope(
    made: Forger,
    who: str,
    to: Player | None = None,
    content: bytes | None = None,
    box: bytes | None = None,
    row: Callable[[Row], Row] = same,
    statement: Change = same,
    scalars: Sequence[int] = SCALARS[:GIFT_COLUMNS],
) -> EnvelopePost:
    """Return an envelope to somebody else, with another content, or with a row that was changed; the proof is tried."""
    state, secrets = made.state, made.players[who]
    reader = to or recipient(made, who)
    plain = encode_gift(BlindGift(1, "a forged gift")) if content is None else content
    whole = box or seal(BoxKey.parse(reader.gift_key), plain, gift_info(state, reader))
    points = [embed(whole[PIECE * c : PIECE * (c + 1)]) for c in range(GIFT_COLUMNS)]
    after = row(tuple(encrypt(joint_key(state), p, r) for p, r in zip(points, scalars, strict=True)))
    claim = statement(envelope_statement(state, me(made, who)[0], after))
    return EnvelopePost(
        **heads(made, who), batch=blind_state(state).deal_batch, row=Points(encode_rows([after])),
        proof=Proof(prove_linear(claim, tuple(scalars), secrets.seed, made.entropy)),
    )  # fmt: skip


# --- bytes ----------------------------------------------------------------------------------------


def put(value: Any, place: int, unit: bytes) -> Any:
    """Return a vector of points or scalars with another unit of 32 bytes in a place, from 0; -1 is the last."""
    units = list(value.units())
    units[place] = unit
    return type(value)(b"".join(units))


def swapped(value: Any, one: int, other: int) -> Any:
    """Return a vector or sequence with two of its units exchanged."""
    units = list(value.units()) if hasattr(value, "units") else list(value)
    units[one], units[other] = units[other], units[one]
    return type(value)(b"".join(units)) if hasattr(value, "units") else type(value)(units)


def large(value: Any, place: int = -1) -> Any:
    """Return a proof with a scalar that is written as itself plus the group's order."""
    unit = int.from_bytes(value.units()[place], "little") + ORDER
    return put(value, place, unit.to_bytes(32, "little"))

