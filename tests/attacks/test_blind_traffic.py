"""What a client of a blind game posts does not depend on whom it gives to; and no secret is used on two inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blind_cases import act, advance, blind, blind_at, me, secret_pairs
from game_cases import NAMES, but, owed
from sealed_santa.base.labels import Label
from sealed_santa.crypto.elgamal import encode_rows
from sealed_santa.crypto.group import BASE
from sealed_santa.game.batches import Batch, Deck
from sealed_santa.game.replay import fold
from sealed_santa.game.stages import fresh_decks, the_batch
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.roles import guest, trustee
from sealed_santa.roles.intent import Intent
from sealed_santa.roles.secrets import PlayerSecrets

P = Phase


# --- sizes --------------------------------------------------------------------------------------


def by_kind(game: Simulator) -> dict[tuple[str, int], set[int]]:
    """Return the lengths of all posts by their type and batch."""
    found: dict[tuple[str, int], set[int]] = {}
    for entry in game.entries[1:]:
        body: Any = entry.post.body
        batch = getattr(body, "batch", 0)
        found.setdefault((body.__struct_config__.tag, batch), set()).add(len(entry.post.raw_body))
    return found


@pytest.mark.parametrize("seed", ["sizes 1", "sizes 2"])
def test_all_authors_post_the_same_number_of_bytes(seed: str) -> None:
    for (kind, _), lengths in by_kind(blind_at("over", seed=seed)).items():
        if kind != "join":
            assert len(lengths) == 1, kind


def test_an_envelope_has_one_length_whatever_is_in_it() -> None:
    game = blind_at("choosing")
    lengths = set()
    for name in NAMES:
        for choice, note in ((0, ""), (39, "x" * 160), (7, "é" * 80), (1, "a\nb")):
            body = guest.make_envelope(game.state, game.players[name], choice, note, game.entropy)
            lengths.add((len(body.row), len(body.proof)))
    assert lengths == {(512, 512)}


def with_recipient(game: Simulator, name: str, number: int) -> State:
    """Return the state in which this player's card says another recipient; everything else is as it was."""
    state, place = blind(game), blind(game).holders.index(me(game, name).number)
    shift = number - secret_pairs(game)[me(game, name).number]
    row = state.deck[place]
    moved = (replace(row[0], v=row[0].v + shift * BASE),)
    return replace(game.state, blind=replace(state, deck=(*state.deck[:place], moved, *state.deck[place + 1 :])))


def test_order_and_length_of_what_is_posted_do_not_depend_on_the_recipient() -> None:
    """The same player, the same seed, the same log, another card: the same duties, as long, and as many draws."""
    game = blind_at("choosing")
    for name in NAMES:
        seen = set()
        for number in range(1, 5):
            state = with_recipient(game, name, number)
            knows = guest.recipient(state, game.players[name], me(game, name))
            assert knows is not None
            assert knows.number == number
            drawn: list[int] = []

            def entropy(size: int, drawn: list[int] = drawn) -> bytes:
                drawn.append(size)
                return bytes([len(drawn)]) * size

            owed_ = guest.duties(state, game.players[name], me(game, name), Intent(gift=1, note="n"), entropy)
            seen.add((tuple((b.__struct_config__.tag, len(b.row), len(b.proof)) for b in owed_.posts), tuple(drawn)))
        assert len(seen) == 1


def test_trustees_work_does_not_depend_on_their_own_cards() -> None:
    """Mixes and openings of gifts are made from the log and the seed alone: another card, the same bytes."""
    game = blind_at("gifts")
    for name in NAMES:
        made = {
            trustee.make_mix(with_recipient(game, name, number), game.players[name], me(game, name), bytes).rows
            for number in range(1, 5)
        }
        assert len(made) == 1


def test_receipts_say_nothing() -> None:
    game = blind_at("delivered")
    bodies = {name: owed(game, name) for name in NAMES}
    assert len({but(body, by=bodies["Ann"].by) for body in bodies.values()}) == 1


def test_the_place_of_a_box_tells_nothing_of_its_author() -> None:
    """The mixed order of the envelopes is another in every game, and every author comes to every place."""
    places: dict[int, set[int]] = {1: set(), 2: set(), 3: set(), 4: set()}
    for k in range(40):
        at = (1, 2, 3, 4)
        for name in NAMES:
            secrets = PlayerSecrets(f"{name} {k}".encode().ljust(32), blind_at("choosing").state.game)
            at = tuple(at[place - 1] for place in secrets.shuffle(2, 0, bytes([k]) * 32, 4))  # type: ignore[assignment]
        for place, author in enumerate(at):
            places[author].add(place)
    assert all(found == {0, 1, 2, 3} for found in places.values())


# --- one secret, one input ----------------------------------------------------------------------


def witness(state: State, game: Simulator, name: str, number: int, deck: Deck) -> Any:
    return trustee._mixed(state, game.players[name], the_batch(state), number, deck)[1]


def with_batch(game: Simulator, **changes: Any) -> State:
    state = blind(game)
    batch: Batch = replace(the_batch(game.state), **changes)
    return replace(game.state, blind=replace(state, batch=batch))


def test_who_is_asked_again_makes_the_same_mix() -> None:
    """After a restart, or from a log that was rolled back to the same place."""
    for place in ("mixing", "gifts"):
        game = blind_at(place)
        first = trustee.make_mix(game.state, game.players["Ann"], me(game, "Ann"), game.entropy)
        fresh = PlayerSecrets(game.players["Ann"].seed, game.state.game)
        again = trustee.make_mix(fold(game.entries), fresh, me(game, "Ann"), game.entropy)
        assert first.rows == again.rows
        assert first.proofs != again.proofs  # masks are fresh


def test_another_input_gets_another_permutation_and_other_scalars() -> None:
    """Two inputs of one place: whoever sees both after one permutation could compare them."""
    game = blind_at("gifts")
    deck = the_batch(game.state).decks[0]
    other = (deck[1], deck[0], *deck[2:])
    one, two = (witness(game.state, game, "Ann", 0, d) for d in (deck, other))
    assert not {s for row in one.randomness for s in row} & {s for row in two.randomness for s in row}
    orders = set()
    for k in range(12):
        shifted = (tuple(replace(c, v=c.v + k * BASE) for c in deck[0]), *deck[1:])
        orders.add(witness(game.state, game, "Ann", 0, shifted).permutation)
    assert len(orders) > 4


def test_the_first_mixer_s_input_is_always_the_same_and_its_mix_is_not() -> None:
    """The trivial deck says nothing of where it stands: batch, deck, joint key, roster and step have to count."""
    game = blind_at("mixing")
    deck = fresh_decks(game.state, 1)[0]
    base = witness(game.state, game, "Ann", 0, deck)
    joint = replace(game.state, blind=replace(blind(game), joint=2 * BASE))
    roster = replace(game.state, roster=type(game.state.roster)(bytes(32)))  # type: ignore[misc]
    others = {
        "batch": witness(with_batch(game, number=2), game, "Ann", 0, deck),
        "deck": witness(game.state, game, "Ann", 1, deck),
        "joint key": witness(joint, game, "Ann", 0, deck),
        "roster": witness(roster, game, "Ann", 0, deck),
        "step": witness(with_batch(game, mixers=(2,)), game, "Ann", 0, deck),
        "player": witness(game.state, game, "Bob", 0, deck),
    }
    used = {s for row in base.randomness for s in row}
    for what, other in others.items():
        mine = {s for row in other.randomness for s in row}
        assert not used & mine, what
        used |= mine
    orders = {witness(with_batch(game, number=k), game, "Ann", 0, deck).permutation for k in range(1, 30)}
    assert len(orders) > 12


def test_one_permutation_on_two_inputs_would_tell_where_a_row_went(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack on the variant: roll a mixer back, show it an input with one row that is known to differ."""
    game = blind_at("gifts")
    deck = the_batch(game.state).decks[0]
    other = ((*deck[0][:7], replace(deck[0][7], v=deck[0][7].v + BASE)), *deck[1:])

    def linked() -> set[int]:
        """Return the places whose rows are the same after both mixes: all but the one that was changed."""
        first, second = (
            trustee._mixed(game.state, game.players["Ann"], the_batch(game.state), 0, d)[0] for d in (deck, other)
        )
        return {i for i in range(4) if encode_rows([first[i]]) == encode_rows([second[i]])}

    assert linked() == set()
    monkeypatch.setattr(trustee, "_input_hash", lambda state, *parts: b"h" * 32)
    (moved,) = {0, 1, 2, 3} - linked()
    order = witness(game.state, game, "Ann", 0, deck).permutation
    assert order[moved] == 1  # the variant tells where the first row went


def test_a_trustee_that_is_asked_again_gives_the_same_shares() -> None:
    for place, make, field in (("opening", trustee.make_opening, "shares"), ("dealing", trustee.make_hand, "cards")):
        game = blind_at(place)
        for index, name in enumerate(NAMES, 1):
            bodies = [make(fold(game.entries), game.players[name], me(game, name), index, game.entropy) for _ in "ab"]
            assert getattr(bodies[0], field) == getattr(bodies[1], field)
            assert bodies[0].proof != bodies[1].proof


def test_blindings_are_the_same_for_the_same_tests_and_other_for_others() -> None:
    game = blind_at("blinding")
    first = trustee.make_blinding(game.state, game.players["Ann"], game.entropy)
    assert trustee.make_blinding(fold(game.entries), game.players["Ann"], game.entropy).pairs == first.pairs
    batch = the_batch(game.state)
    changed = with_batch(game, pairs=(batch.pairs[1], batch.pairs[0], *batch.pairs[2:]))
    other = trustee.make_blinding(changed, game.players["Ann"], game.entropy)
    mine = {first.pairs[i : i + 32] for i in range(0, len(first.pairs), 32)}
    assert not mine & {other.pairs[i : i + 32] for i in range(0, len(other.pairs), 32)}
    secrets = game.players["Ann"]
    assert len(set(secrets.scalars(Label.KEY_BLINDING, 1, 0, b"d" * 32, 50))) == 50  # one factor for each pair


def test_masks_of_hands_are_other_for_another_deal() -> None:
    game = blind_at("dealing")
    secrets = game.players["Ann"]
    state = blind(game)
    other = replace(game.state, blind=replace(state, deck=(state.deck[1], state.deck[0], *state.deck[2:])))
    first = trustee.make_hand(game.state, secrets, me(game, "Ann"), 1, game.entropy).cards
    second = trustee.make_hand(other, secrets, me(game, "Ann"), 1, game.entropy).cards
    assert not {first[i : i + 32] for i in range(0, 256, 64)} & {second[i : i + 32] for i in range(0, 256, 64)}


def test_players_that_restart_in_every_phase_bring_the_game_to_its_end() -> None:
    """In every phase all of them are made anew from their seeds and the log."""
    game = blind_at("coins")
    for _ in range(40):
        if game.state.over:
            break
        game.players = {name: PlayerSecrets(game.players[name].seed, game.state.game) for name in NAMES}
        game.current = fold(game.entries)
        began = game.state.phase_seq
        act(game, "Ann")
        advance(game, lambda s, began=began: s.phase_seq > began)  # type: ignore[misc]
    assert game.state.phase is P.OVER
