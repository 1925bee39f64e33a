"""Bad transcripts of blind games: envelopes, and closes of the choosing."""

from __future__ import annotations

from typing import Any

from sealed_santa.crypto.elgamal import Cipher, Row
from sealed_santa.crypto.group import BASE, Point
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import START
from sealed_santa.log.fields import Points
from sealed_santa.roles import player
from transcripts.bad_blind_tests import with_marked_proof
from transcripts.blind_forge import (
    PATIENCE,
    Change,
    at,
    blind_game,
    forged_envelope,
    fresh,
    in_session,
    large,
    owes,
    play,
    put,
    stands,
)
from transcripts.cases import bad
from transcripts.forge import (
    IDENTITY,
    NO_POINT,
    NOT_CANONICAL,
    SERVER,
    Forger,
    changed,
    mixed_order,
)


def choosing(count: int = 1) -> Forger:
    """Return a game in which so many of Dot, Cem and Ann have given."""
    made = at(Phase.CHOOSING)
    return made.say_what_is_owed(*("Dot", "Cem", "Ann")[:count])


def bob(change: Change) -> bytes:
    """Let Bob give with an envelope that was changed after it was proven."""
    made = choosing()
    return made.smuggle("Bob", change(owes(made, "Bob")))


def gives(**how: Any) -> bytes:
    """Let Bob give wrongly, and prove it as well as he can."""
    made = choosing()
    return made.smuggle("Bob", forged_envelope(made, "Bob", **how))


def first_row(made: Forger) -> Row:
    """Return the row of the only envelope that stands."""
    assert made.state.blind is not None
    (standing,) = made.state.blind.envelopes.values()
    return standing.row


# --- envelopes ------------------------------------------------------------------------------------


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_copied() -> bytes:
    """Bob posts the row of another giver with its proof: opened, the same box stands there twice."""
    made = choosing()
    theirs: Any = made.entries[-1].post.body
    return made.smuggle("Bob", changed(owes(made, "Bob"), row=theirs.row, proof=theirs.proof))


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_copied_with_other_randomness() -> bytes:
    """Bob encrypts the row of another giver again; of the randomness he knows only what he added."""
    made = choosing()
    theirs = first_row(made)
    return made.smuggle("Bob", forged_envelope(made, "Bob", row=lambda row: tuple(fresh(made, c) for c in theirs)))


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_with_a_piece_of_another() -> bytes:
    """One piece of eight is that of another giver: where it stands after the mix, there is Bob's row."""
    made = choosing()
    theirs = first_row(made)
    return made.smuggle("Bob", forged_envelope(made, "Bob", row=lambda row: (*row[:7], theirs[7])))


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_made_from_a_card() -> bytes:
    """A piece is Ann's encrypted card: opened with the gifts, it would tell Bob whom she gives to."""
    made = choosing()
    assert made.state.blind is not None
    slot = made.state.blind.slot(1)
    return made.smuggle("Bob", forged_envelope(made, "Bob", row=lambda row: (fresh(made, slot), *row[1:])))


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_proven_by_another() -> bytes:
    """The proof is Cem's."""
    return gives(statement=in_session(author=choosing().id_of("Cem")))


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_proven_for_another_batch() -> bytes:
    """The proof was made for the cards of batch 2."""
    return gives(statement=in_session(batch=2))


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_proven_for_another_game() -> bytes:
    """The proof was made in another game."""
    return gives(statement=in_session(game=b"\x07" * 32))


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_changed_after_its_proof() -> bytes:
    """The second half of a piece is changed after the proof was made: another gift under Bob's proof."""
    return bob(lambda body: changed(body, row=put(body.row, 1, BASE.raw)))


@bad("B13 envelope.proof-form 28")
def blind_envelope_with_a_large_scalar() -> bytes:
    """An answer is written as itself plus the group's order."""
    return bob(lambda body: changed(body, proof=large(body.proof)))


@bad("B13 envelope.proof-form 28")
def blind_envelope_with_an_identity_in_its_proof() -> bytes:
    """An announced point is the identity."""
    return bob(lambda body: changed(body, proof=put(body.proof, 0, IDENTITY)))


@bad("B13 envelope.row 28")
def blind_envelope_too_short() -> bytes:
    """Seven pieces, as many as a box without the zeros would have."""
    return bob(lambda body: changed(body, row=Points(body.row[:-64])))


@bad("B13 envelope.row 28")
def blind_envelope_too_long() -> bytes:
    """Nine pieces."""
    return bob(lambda body: changed(body, row=Points(body.row + body.row[:64])))


@bad("B13 envelope.row 28")
def blind_envelope_with_the_identity() -> bytes:
    """A piece is not encrypted: its first half is the identity."""
    return gives(row=lambda row: (Cipher(Point(IDENTITY), row[0].v), *row[1:]))


@bad("B13 envelope.row 28")
def blind_envelope_of_mixed_order() -> bytes:
    """The second half of a piece has a part of order eight: after the mixes it could be known again."""
    return gives(row=lambda row: (Cipher(row[0].u, Point(mixed_order(row[0].v.raw))), *row[1:]))


@bad("B13 envelope.row 28")
def blind_envelope_off_the_curve() -> bytes:
    """The second half of a piece is no point."""
    return gives(row=lambda row: (Cipher(row[0].u, Point(NO_POINT)), *row[1:]))


@bad("B13 envelope.row 28")
def blind_envelope_not_canonical() -> bytes:
    """The first half of a piece is written as no point is written."""
    return bob(lambda body: changed(body, row=put(body.row, 4, NOT_CANONICAL)))


@bad("B13 envelope.proof-wrong 28")
def blind_envelope_with_a_proof_of_mixed_order() -> bytes:
    """An announced point has a part of order eight, and the answers were made for it."""
    made = choosing()
    return made.smuggle("Bob", with_marked_proof(lambda: forged_envelope(made, "Bob")))


@bad("A15 author.wrong 28")
def blind_envelope_of_the_server() -> bytes:
    """The server gives something to somebody."""
    made = choosing()
    return made.smuggle(SERVER, changed(owes(made, "Bob"), by=made.id_of(SERVER)))


# --- closes ---------------------------------------------------------------------------------------


@bad("A32 close.too-early 30")
def blind_choosing_closed_too_early() -> bytes:
    """The server closes the choosing while somebody has not given and there is no deadline."""
    made = choosing(3)
    made.now += 10 * PATIENCE
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A32 close.too-early 29")
def blind_choosing_closed_before_the_deadline() -> bytes:
    """The server closes the choosing before its time."""
    made = blind_game(Phase.COINS, choose_by=START + 10 * PATIENCE)
    play(made, lambda state: stands(state, Phase.CHOOSING, 2))
    made.now += 2 * PATIENCE
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A15 author.wrong 29")
def blind_choosing_closed_by_a_player() -> bytes:
    """A player closes the choosing."""
    made = choosing(2)
    return made.smuggle("Ann", player.make_close(made.state, made.id_of("Ann")))
