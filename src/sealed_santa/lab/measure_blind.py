"""What the cards, tests and hands of a blind game cost, and its audit: in seconds and in multiplications.

A game is played, and its posts are made and judged again under the clock: by the trustee's own functions, and by
`rules.apply` as server, clients and auditor call it (without parsing and signatures of the entry). Units and clock are
those of `measure`.

It measures the second mix, blinding and opening of a batch: the first mix starts from rows in the clear, and is
cheaper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sealed_santa.audit.auditor import follow, read
from sealed_santa.base.errors import UsageError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.elgamal import claimed_rows, encode_rows
from sealed_santa.game.batches import Kind
from sealed_santa.game.replay import as_recorded, step
from sealed_santa.game.rules import apply
from sealed_santa.game.stages import blind_state, the_batch
from sealed_santa.game.state import State
from sealed_santa.game.statements import joint_key, shuffle_statement
from sealed_santa.lab.measure import SECONDS, Clock, Cost, Figure, Work, cost, timed
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import Entry
from sealed_santa.log.posts import Blinding, Hand, Mix, OpeningPost, Post
from sealed_santa.proofs.equations import Equation, check
from sealed_santa.proofs.shuffle.prove import ShuffleWitness, mix_rows, prove_shuffle
from sealed_santa.proofs.shuffle.statements import parse_shuffle
from sealed_santa.proofs.shuffle.verify import shuffle_equations
from sealed_santa.roles import player, trustee
from sealed_santa.roles.secrets import PlayerSecrets

A_ROW: Final = "multiplications/row"
A_MIX: Final = "multiplications/row and mix"
A_TEST: Final = "multiplications/test"
A_CARD: Final = "multiplications/player"
ALONE, POSTED, TOGETHER = "one deck", "as posted", "together"
MIXES: Final = (3, 5, 7)  # checked together
GOALS: Final = {"mix": 11.0, "verify": 6.0, "together": 3.0}  # for rows of one ciphertext
GOAL_AT: Final = 100  # players


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of a game, and the state before it."""

    before: State
    entry: Entry


@dataclass(frozen=True, slots=True)
class BlindGame:
    """A game that was played to its end; `secrets` are those of all players, by public key."""

    players: int
    transcript: bytes
    turns: tuple[Turn, ...]
    secrets: dict[bytes, PlayerSecrets]
    entropy: Callable[[int], bytes]

    def said(self, tag: type[Post], kind: Kind | None = None) -> tuple[Turn, ...]:
        """Return the turns with posts of a type; with `kind`, only those about the first batch of that kind."""
        found = [turn for turn in self.turns if isinstance(turn.entry.post.body, tag)]
        if kind is None:
            return tuple(found)
        found = [turn for turn in found if the_batch(turn.before).kind is kind]
        return tuple(turn for turn in found if the_batch(turn.before).number == the_batch(found[0].before).number)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some work, and how many rows, tests or players (as the unit says) share its cost."""

    group: str
    what: str
    work: Work
    count: int
    unit: str
    columns: int | None = None
    decks: int | None = None
    goal: float | None = None


def play_blind(players: int, seed: str = "measure") -> BlindGame:
    """Play a blind game with ordinary terms and no exclusions but oneself."""
    names = [f"Player {k}" for k in range(1, players + 1)]
    game = Simulator(seed, names, {"mode": "blind"}).fill().start().run()
    turns: list[Turn] = []
    state: State | None = None
    for entry in game.entries:
        if state is not None:
            turns.append(Turn(state, entry))
        state = step(state, entry, as_recorded)
    secrets = {bytes(one.key): one for one in game.players.values()}
    return BlindGame(players, game.transcript(), tuple(turns), secrets, game.entropy)


def piece_figures(game: BlindGame, pieces: Sequence[Piece], clock: Clock, repeats: int, cores: int) -> list[Figure]:
    """Measure pieces of work on as many cores as the caller lets this process have; two figures for each."""
    figures = []
    for piece in pieces:
        measured: Cost = cost(piece.work, clock, repeats)
        goal = piece.goal if cores == 1 else None
        both = ((measured.seconds, SECONDS, None), (measured.multiplications / piece.count, piece.unit, goal))
        figures += [
            Figure(part="blind", group=piece.group, what=piece.what, value=value, unit=unit, players=game.players,
                   cores=cores, columns=piece.columns, decks=piece.decks, goal=wanted)
            for value, unit, wanted in both
        ]  # fmt: skip
    return figures


# --- mixes ----------------------------------------------------------------------------------------


def mix_pieces(game: BlindGame) -> list[Piece]:
    """Return the work of mixes: of cards, with one ciphertext in a row, and of gifts, with more."""
    return [piece for kind in (Kind.CARDS, Kind.GIFTS) for piece in _mixes(game, kind)]


def _mixes(game: BlindGame, kind: Kind) -> list[Piece]:
    turns = game.said(Mix, kind)
    turn = turns[1]
    deck = the_batch(turn.before).decks[0]
    decks, rows, columns = len(the_batch(turn.before).decks), len(deck), len(deck[0])
    goals: dict[str, float] = GOALS if (columns, game.players) == (1, GOAL_AT) else {}

    def piece(what: str, work: Work, goal: str, count: int, unit: str = A_ROW) -> Piece:
        return Piece("mixes", what, work, count, unit, columns, decks, goals.get(goal))

    return [
        piece(f"mix, {ALONE}", _mixing_one(game, turn), "mix", rows),
        piece(f"verify, {ALONE}", _verifying_one(turn), "verify", rows),
        piece(f"mix, {POSTED}", _making(game, turn), "mix", rows * decks),
        piece(f"verify, {POSTED}", _judging(turn), "verify", rows * decks),
        *(
            piece(f"verify, {count} {TOGETHER}", _together(turns[:count]), "together", rows * decks * count, A_MIX)
            for count in MIXES
            if count <= len(turns)
        ),
    ]


def _mixing_one(game: BlindGame, turn: Turn) -> Work:
    """Return the work of shuffling and proving one deck: what `make_mix` does for each."""
    state, secrets = turn.before, _author(game, turn)
    deck = the_batch(state).decks[0]
    rows, columns = len(deck), len(deck[0])

    def work() -> bytes:
        data = encode_rows(deck)
        order = secrets.shuffle(1, 0, data, rows)
        flat = secrets.scalars(Label.KEY_MIX, 1, 0, data, rows * columns)
        witness = ShuffleWitness(order, tuple(flat[k : k + columns] for k in range(0, len(flat), columns)))
        after = mix_rows(joint_key(state), deck, order, witness.randomness)
        statement = shuffle_statement(state, secrets.key, 0, deck, after)
        return encode_rows(after) + prove_shuffle(statement, witness, secrets.seed, game.entropy).encode()

    return work


def _verifying_one(turn: Turn) -> Work:
    """Return the work of reading and checking the first deck of a mix."""
    body, state = turn.entry.post.body, turn.before
    if not isinstance(body, Mix):
        raise UsageError("measure.post", "only mixes have decks")
    before = the_batch(state).decks
    rows, columns = len(before[0]), len(before[0][0])
    after, proofs = (len(blob) // len(before) for blob in (body.rows, body.proofs))
    raw, blob, author = body.rows[:after], body.proofs[:proofs], body.by

    def work() -> None:
        statement = shuffle_statement(state, author, 0, before[0], claimed_rows(raw, rows, columns))
        check([Equation(s, "", "") for s in shuffle_equations(statement, parse_shuffle(blob, rows, columns))])

    return work


def _together(turns: Sequence[Turn]) -> Work:
    """Return the work of reading posts and checking all that they must prove as one sum, as an auditor does."""

    def work() -> None:
        check(gathered(turns))

    return work


def gathered(turns: Sequence[Turn]) -> list[Equation]:
    """Return the equations of some posts, unchecked."""
    found: list[Equation] = []
    for turn in turns:
        apply(turn.before, turn.entry.post, turn.entry.at, turn.entry.hash, found.extend)
    return found


# --- tests and cards ------------------------------------------------------------------------------


def screening_pieces(game: BlindGame) -> list[Piece]:
    """Return the work of screening a batch of decks, of dealing one of them, and of judging both."""
    blindings, openings = game.said(Blinding, Kind.CARDS), game.said(OpeningPost, Kind.CARDS)
    hand, tests = game.said(Hand)[1], len(the_batch(openings[0].before).tests)
    decks = len(the_batch(openings[0].before).decks)
    pieces = [
        ("blind", _making(game, blindings[1]), tests, A_TEST),
        ("check a blinding", _judging(blindings[1]), tests, A_TEST),
        ("open", _making(game, openings[1]), tests, A_TEST),
        ("check an opening", _judging(openings[1]), tests, A_TEST),
        ("check the last opening, find the deck", _judging(openings[-1]), tests, A_TEST),
        ("deal", _making(game, hand), game.players, A_CARD),
        ("check a deal", _judging(hand), game.players, A_CARD),
    ]
    return [Piece("screening", what, work, count, unit, decks=decks) for what, work, count, unit in pieces]


def _author(game: BlindGame, turn: Turn) -> PlayerSecrets:
    return game.secrets[bytes(turn.entry.post.body.by)]


def _making(game: BlindGame, turn: Turn) -> Work:
    """Return the work of making a post like this one anew."""
    state, secrets, body = turn.before, _author(game, turn), turn.entry.post.body
    me = player.own(state, secrets)
    index = blind_state(state).trustees.index(me.number) + 1
    match body:
        case Mix():
            return lambda: trustee.make_mix(state, secrets, me, game.entropy)
        case Blinding():
            return lambda: trustee.make_blinding(state, secrets, game.entropy)
        case OpeningPost():
            return lambda: trustee.make_opening(state, secrets, me, index, game.entropy)
        case Hand():
            return lambda: trustee.make_hand(state, secrets, me, index, game.entropy)
    raise UsageError("measure.post", f"it is not measured what a {body.__struct_config__.tag} costs")


def _judging(turn: Turn) -> Work:
    """Return the work of the rules for a post: decode it, check all that it must prove, apply it."""
    return lambda: apply(turn.before, turn.entry.post, turn.entry.at, turn.entry.hash)


# --- the auditor ----------------------------------------------------------------------------------


def audit_figures(game: BlindGame, clock: Clock, repeats: int, cores: int) -> list[Figure]:
    """Measure the rules' pass of an audit with one sum for everything, and post by post; with the sizes of both."""
    reading = read(game.transcript)
    posts = [gathered([turn]) for turn in game.turns]
    everything = [equation for post in posts for equation in post]
    counts = {
        "entries": len(reading.entries),
        "bytes": len(game.transcript),
        "equations": len(everything),
        "terms, one sum": _terms(everything),
        "terms, post by post": sum(_terms(post) for post in posts),
    }
    times: dict[str, list[float]] = {"one sum": [], "post by post": []}
    for _ in range(repeats):
        times["one sum"].append(timed(lambda: follow(reading, ()), clock))
        times["post by post"].append(timed(lambda: follow(reading, (), gather=False), clock))
    values = [(what, float(count), "") for what, count in counts.items()]
    values += [(what, sorted(took)[len(took) // 2], SECONDS) for what, took in times.items()]
    return [
        Figure(part="blind", group="audits", what=what, value=value, unit=unit, players=game.players, cores=cores)
        for what, value, unit in values
    ]


def _terms(equations: Sequence[Equation]) -> int:
    """Return how many points are multiplied when these are checked as one sum."""
    return len({base for equation in equations for base in equation.sum})
