"""Attack: one box that opens for two players.

The cipher of the boxes does not commit to its key, so that whoever seals can make one box for two readers.
With boxes that count when they open, everybody whom the author liked found one gift too many, and nobody could say
from whom. A box counts only if its content begins with 30 zeros: of the bytes of a box the author
can choose each for one reader.
"""

from __future__ import annotations

from functools import cache

import pytest

from blind_cases import act, advance, at_phase, blind_at, envelope_of, me
from game_cases import clone
from sealed_santa.audit.auditor import audit
from sealed_santa.base.errors import VerificationError
from sealed_santa.crypto.elgamal import embed
from sealed_santa.crypto.sealing import BoxKey, BoxSecret, open_box, seal
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE
from sealed_santa.game.envelopes import CONTENT_SIZE, ZEROS, BlindGift, encode_gift, gift_info, search
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from shared_box import shared_box

GOOD = encode_gift(BlindGift(1, "for whoever opens it"))
GARBAGE = bytes(range(1, CONTENT_SIZE + 1))
VICTIMS = ("Ann", "Bob")


def targets(game: Simulator) -> list[tuple[bytes, bytes]]:
    return [(bytes(me(game, name).gift_key), gift_info(game.state, me(game, name))) for name in VICTIMS]


def contents(game: Simulator, box: bytes) -> list[bytes]:
    """What each victim reads; raises if the box does not open for one of them."""
    infos = [info for _, info in targets(game)]
    return [open_box(game.players[name].gift, box, info) for name, info in zip(VICTIMS, infos, strict=True)]


@cache
def _delivered(content: bytes) -> Simulator:
    """A game in which Dot's envelope is a box for Ann and Bob."""
    game = blind_at("choosing")
    box = shared_box(targets(game), content)
    pieces = [embed(box[i : i + PIECE]) for i in range(0, GIFT_COLUMNS * PIECE, PIECE)]
    for name in ("Ann", "Bob", "Cem"):
        act(game, name)
    game.say("Dot", envelope_of(game, "Dot", pieces))
    return advance(game, at_phase(Phase.DELIVERED))


def delivered(content: bytes) -> Simulator:
    return clone(_delivered(content))


def test_the_key_schedule_written_here_is_that_of_the_boxes() -> None:
    """The library opens what was sealed with it, and its own boxes are as long."""
    secret = BoxSecret(b"\x07" * 32)
    box = shared_box([(secret.public().raw, b"one"), (secret.public().raw, b"two")], GOOD)
    assert len(box) == GIFT_COLUMNS * PIECE
    assert open_box(secret, box, b"one")[:-18] == GOOD[:-18]
    assert len(seal(BoxKey.parse(secret.public().raw), GOOD, b"one")) == len(box)


@pytest.mark.parametrize("content", [GARBAGE, GOOD])
def test_one_box_opens_for_two(content: bytes) -> None:
    """What the attack is: without the zeros both would have a box more."""
    game = blind_at("choosing")
    ann, bob = contents(game, shared_box(targets(game), content))
    assert ann[:-18] == content[:-18]
    assert bob[:ZEROS] != ann[:ZEROS]
    assert any(bob[:ZEROS])


def test_attack_a_box_for_two_without_the_zeros_counts_for_nobody() -> None:
    game = delivered(GARBAGE)
    boxes = game.state.blind.boxes if game.state.blind else ()
    assert any(both_open(game, box) for box in boxes)
    for name in VICTIMS:
        found = search(game.state, me(game, name), game.players[name].gift)
        assert found.code in ("", "gift.missing")
        assert len(found.gifts) <= 1


def both_open(game: Simulator, box: bytes) -> bool:
    try:
        return bool(contents(game, box))
    except VerificationError:
        return False


def test_attack_a_box_for_two_with_the_zeros_counts_for_one() -> None:
    """The author chooses for whom; for the other it is no box at all."""
    game = delivered(GOOD)
    dots = next(box for box in game.state.blind.boxes if both_open(game, box)) if game.state.blind else b""
    assert [any(content[:ZEROS]) for content in contents(game, dots)] == [False, True]
    bob = search(game.state, me(game, "Bob"), game.players["Bob"].gift)
    assert len(bob.gifts) <= 1
    assert bob.code in ("", "gift.missing")


def test_attack_nobody_is_accused_of_a_gift_too_many_for_it() -> None:
    """The giver of a box for nobody is named at the reveal, as its recipient has no gift."""
    game = advance(delivered(GARBAGE), lambda state: state.over)
    assert game.state.over
    assert [(f.code, str(f.blame)) for f in audit(game.transcript()).findings] == [
        ("gift.missing", "player Dot (proven)")
    ]


def test_both_contents_begin_with_zeros_only_where_two_keystreams_agree() -> None:
    """What the two read differs by their keystreams, whatever the author writes: nothing of the box can change that."""
    game = blind_at("choosing")
    differences = set()
    for content in (GARBAGE, GOOD):
        ann, bob = contents(game, shared_box(targets(game), content))
        differences.add(bytes(a ^ b for a, b in zip(ann[:ZEROS], bob[:ZEROS], strict=True)))
    (difference,) = differences
    assert sum(1 for byte in difference if byte) > ZEROS // 2


def test_another_reader_opens_nothing() -> None:
    game = blind_at("choosing")
    box = shared_box(targets(game), GOOD)
    with pytest.raises(VerificationError) as caught:
        open_box(game.players["Cem"].gift, box, gift_info(game.state, me(game, "Cem")))
    assert caught.value.code == "box.does-not-open"
