"""Creating, joining, leaving, starting: every rule broken once, beside a post that keeps it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import UNSET

from game_cases import (
    NAMES,
    but,
    by_dealer,
    by_organiser,
    by_player,
    fresh_signer,
    game_at,
    invite_for,
    raises,
    verdict,
)
from sealed_santa.base.errors import IllegalPost, UndecidedError
from sealed_santa.base.labels import MODE_NAMES
from sealed_santa.crypto.group import BASE
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game import lobby, modes
from sealed_santa.game.modes import MODES
from sealed_santa.game.replay import judge
from sealed_santa.game.state import Phase, roster_hash
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import GroupKey, Hash, SealKey, SignKey
from sealed_santa.log.posts import BlindTerms, CatalogueGift, Create, Exclusions, Invite, Join, encode_body, parse_body
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets

ORGANISER = Simulator().organiser.signing
KEY = SignKey(fresh_signer("some invite").public().raw)


def created(**changes: Any) -> str:
    """Return the verdict on a create with some terms changed."""
    body: Create = but(Simulator().state.create, **changes)
    try:
        judge(None, sign_post(body, ORGANISER), 0)
    except IllegalPost as e:
        return e.code
    return "ok"


def gift(**changes: Any) -> CatalogueGift:
    return CatalogueGift(**({"id": "socks", "name": "Wool socks", "price": 900, "tags": ("warm",)} | changes))


def groups(*names: tuple[str, ...]) -> Exclusions:
    return Exclusions(groups=names, pairs=())


def pairs(*names: tuple[str, str]) -> Exclusions:
    return Exclusions(groups=(), pairs=names)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "x" * 80, "house": "y" * 120, "budget": "z" * 40},
        {"budget": ""},
        {"min_players": 3, "max_players": 3},
        {"deck_limit": 3, "max_players": 3},
        {"deck_limit": 1000, "max_players": 1000},
        {"deck_limit": 100_000, "patience": 366 * 24 * 3600 * 1000},
        {"catalogue": (gift(),)},
        {"exclusions": groups(("Ann", "Bob"), ("Ann", "Bob"), ("Nobody", "Somebody", "Else"))},
        {"exclusions": pairs(("Ann", "Bob"), ("Bob", "Ann"))},
        {"reveal": "never", "reveal_at": 5, "choose_by": 1},
    ],
)
def test_honest_terms_are_taken(changes: dict[str, Any]) -> None:
    assert created(**changes) == "ok"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "create.text"),
        ({"title": "x" * 81}, "create.text"),
        ({"title": "a\nb"}, "create.text"),
        ({"title": "a\u202eb"}, "create.text"),
        ({"title": " a"}, "create.text"),
        ({"title": "a  b"}, "create.text"),
        ({"title": "e\u0301"}, "create.text"),
        ({"house": ""}, "create.text"),
        ({"house": "x" * 121}, "create.text"),
        ({"house": "\x1b[2J"}, "create.text"),
        ({"budget": "x" * 41}, "create.text"),
        ({"budget": " "}, "create.text"),
        ({"invites": ()}, "create.invites"),
        ({"min_players": 2}, "create.limits"),
        ({"min_players": 5, "max_players": 4}, "create.limits"),
        ({"deck_limit": 2}, "create.limits"),
        ({"deck_limit": 100_001}, "create.limits"),
        ({"deck_limit": 9, "max_players": 10}, "create.limits"),
        ({"patience": 366 * 24 * 3600 * 1000 + 1}, "create.limits"),
        ({"catalogue": ()}, "create.catalogue"),
        ({"catalogue": (gift(), gift())}, "create.catalogue"),
        ({"catalogue": (gift(id="Socks"),)}, "create.catalogue"),
        ({"catalogue": (gift(name="\u202e"),)}, "create.catalogue"),
        ({"catalogue": (gift(price=1_000_001),)}, "create.catalogue"),
        ({"catalogue": (gift(tags=("a", "a")),)}, "create.catalogue"),
        ({"catalogue": tuple(gift(id=f"g{i}") for i in range(501))}, "create.catalogue"),
        ({"exclusions": groups(("Ann",))}, "create.exclusions"),
        ({"exclusions": groups(())}, "create.exclusions"),
        ({"exclusions": groups(("Ann", "Bob", "Ann"))}, "create.exclusions"),
        ({"exclusions": pairs(("Ann", "Ann"))}, "create.exclusions"),
        ({"exclusions": pairs(*[("Ann", "Bob")] * 5001)}, "create.exclusions"),
        ({"exclusions": groups(*[("Ann", "Bob")] * 5001)}, "create.exclusions"),
        ({"exclusions": Exclusions(groups=(("Ann", "Bob"),) * 2500, pairs=(("A", "B"),) * 2501)}, "create.exclusions"),
        ({"exclusions": groups(("Ann", "B\tb"))}, "name.character"),
        ({"exclusions": groups(("Ann", ""))}, "name.empty"),
        ({"exclusions": pairs(("Ann", "x" * 65))}, "name.too-long"),
        ({"exclusions": pairs(("Ann", "e\u0301"))}, "name.not-nfc"),
    ],
)
def test_terms_that_no_game_may_have(changes: dict[str, Any], code: str) -> None:
    assert created(**changes) == code


def test_invites_are_for_different_people_with_names() -> None:
    (_, ann), (_, bob), (_, twin) = invite_for("a", "Ann"), invite_for("b", "Bob"), invite_for("c", "Ann")
    (_, odd), (_, open_) = invite_for("d", "A\u0000n"), invite_for("e", None)
    (_, more) = invite_for("f", None)
    assert created(invites=(ann, bob, open_, more)) == "ok"
    assert created(invites=(ann, twin)) == "create.invites"
    assert created(invites=(ann, odd)) == "name.character"


def test_no_more_than_a_thousand_invites() -> None:
    invites = tuple(invite_for(f"{i}", None)[1] for i in range(1001))
    assert created(invites=invites[:1000]) == "ok"
    assert created(invites=invites) == "create.invites"


def test_keys_of_a_create_are_all_different() -> None:
    (_, ann), (_, bob) = invite_for("a", "Ann"), invite_for("a", "Bob")
    terms = Simulator().state.create
    assert created(invites=(ann, bob)) == "create.keys"
    assert created(server=terms.by) == "create.keys"
    assert created(server=ann.key, invites=(ann,)) == "create.keys"
    assert created(invites=(but(ann, key=terms.by),)) == "create.keys"


def test_another_mode_is_undecided_and_not_wrong() -> None:
    for mode in ("classic", "open", "", "Sealed"):
        with raises(UndecidedError, "mode.unknown"):
            parse_body(encode_body(but(Simulator().state.create, mode=mode)))
    assert set(MODES) == MODE_NAMES  # what is parsed is what can be judged


def test_a_reveal_policy_must_be_one_of_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    assert created(reveal="private") == "ok"
    monkeypatch.setitem(modes.MODES, "sealed", replace(modes.SEALED, reveals=("public",)))
    assert created(reveal="public") == "ok"
    assert created(reveal="private") == "create.reveal"


# --- join ---------------------------------------------------------------------------------------


def newcomer(game: Simulator, name: str = "Eve", invite: SigningKey | None = None) -> tuple[Join, PlayerSecrets]:
    secrets = PlayerSecrets(b"newcomer".ljust(32), game.state.game)
    key = SignKey((invite or game.invite).public().raw)
    return player.make_join(secrets, key, game.state.head, name, ""), secrets


def joined(game: Simulator, invite: SigningKey | None = None, **changes: Any) -> str:
    """Return the verdict on the join of a newcomer with some fields changed."""
    body, secrets = newcomer(game, invite=invite)
    return verdict(game, but(body, **changes), secrets.signing, invite or game.invite)


def test_a_newcomer_gets_the_next_number() -> None:
    game = game_at()
    assert joined(game) == "ok"
    game.join("Eve")
    assert [p.number for p in game.state.players] == [1, 2, 3, 4, 5]
    assert game.state.players[4].name == "Eve"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name.empty"),
        ("x" * 65, "name.too-long"),
        ("a\x07", "name.character"),
        ("a\u202eb", "name.character"),
        (" Eve", "name.blank"),
        ("\u0301Eve", "name.mark-first"),
        ("Zoe\u0308", "name.not-nfc"),
        ("Ann", "join.name-taken"),
    ],
)
def test_a_join_has_a_name_of_its_own(name: str, code: str) -> None:
    game = game_at()
    assert joined(game, name="x" * 64) == "ok"
    assert joined(game, name=name) == code


def test_names_that_look_alike_are_no_matter_of_the_log() -> None:
    assert joined(game_at(), name="ann") == "ok"


@pytest.mark.parametrize("wish", ["x" * 281, "a\nb", "\u202e", " "])
def test_a_wish_is_a_line(wish: str) -> None:
    assert joined(game_at(), wish="x" * 280) == "ok"
    assert joined(game_at(), wish=wish) == "join.wish"


def test_a_game_has_a_largest_number_of_players() -> None:
    assert joined(game_at(max_players=5)) == "ok"
    assert joined(game_at(max_players=4)) == "join.full"


def test_an_invite_must_be_one_of_the_game() -> None:
    game = game_at()
    stranger = fresh_signer("the server's own")
    assert joined(game, invite=stranger) == "join.invite-unknown"


def named_game() -> tuple[Simulator, SigningKey]:
    key, invite = invite_for("for Eve", "Eve")
    _, shared = invite_for("shared", None)
    game = Simulator(names=())
    game.entries.clear()
    game.current = None
    game.order(sign_post(but(game_at(names=()).state.create, invites=(invite, shared)), game.organiser.signing))
    game.invite = fresh_signer("shared")
    for name in NAMES:
        game.join(name)
    return game, key


def test_a_named_invite_is_for_that_name_and_once() -> None:
    game, key = named_game()
    assert joined(game, invite=key, name="Fay") == "join.invite-name"
    assert joined(game, invite=key) == "ok"
    body, secrets = newcomer(game, invite=key)
    game.order(sign_post(body, secrets.signing, key))
    game.players["Eve"] = secrets
    second = PlayerSecrets(b"second".ljust(32), game.state.game)
    again = player.make_join(second, SignKey(key.public().raw), game.state.head, "Eve", "")
    assert verdict(game, again, second.signing, key) == "join.invite-used"
    game.say("Eve", player.make_leave(game.state, secrets.key))
    again = but(again, seen=game.state.head)
    assert verdict(game, again, second.signing, key) == "ok"  # name and invite are free again
    assert verdict(game, body, secrets.signing, key) == "post.replayed"


def test_no_key_comes_twice_in_a_game() -> None:
    game = game_at()
    ann, create = game.state.players[0], game.state.create
    body, _ = newcomer(game)
    assert joined(game) == "ok"
    for field in ("card_key", "gift_key", "reveal_key"):
        for used in (ann.card_key, ann.gift_key, ann.reveal_key):  # a rogue key: that of another player
            assert joined(game, **{field: used}) == "join.key-used"
    assert joined(game, card_key=body.gift_key) == "join.key-used"
    assert joined(game, reveal_key=body.gift_key) == "join.key-used"
    # keys of create are no X25519 keys; as bytes they are still refused
    for used in (create.by, create.server, create.invites[0].key):
        assert joined(game, card_key=SealKey(used)) == "join.key-used"


def test_keys_of_somebody_who_left_stay_used() -> None:
    game = game_at()
    dot = game.players["Dot"]
    game.say("Dot", player.make_leave(game.state, dot.key))
    again = player.make_join(dot, SignKey(game.invite.public().raw), game.state.head, "Dot", "")
    assert verdict(game, again, dot.signing, game.invite) == "join.key-used"
    assert joined(game, name="Dot") == "ok"
    assert joined(game, name="Dot", gift_key=SealKey(dot.gift.public().raw)) == "join.key-used"


def test_players_organisers_and_servers_do_not_join() -> None:
    game = game_at()
    body, _ = newcomer(game)
    ann = game.players["Ann"]
    for key in (ann.signing, game.organiser.signing, game.server):
        by = SignKey(key.public().raw)
        assert verdict(game, but(body, by=by), key, game.invite) == "author.wrong"


# --- leave and start ----------------------------------------------------------------------------


def test_who_leaves_closes_the_gap() -> None:
    game = game_at()
    game.say("Bob", player.make_leave(game.state, game.players["Bob"].key))
    assert [(p.number, p.name) for p in game.state.players] == [(1, "Ann"), (2, "Cem"), (3, "Dot")]
    assert by_player(game, "Bob", player.make_leave(game.state, game.players["Bob"].key)) == "author.wrong"


def test_nobody_leaves_after_the_start() -> None:
    for phase in (Phase.DECK, Phase.COINS, Phase.DEAL, Phase.CHOOSING, Phase.DELIVERED, Phase.OVER):
        game = game_at(phase)
        assert by_player(game, "Ann", player.make_leave(game.state, game.players["Ann"].key)) == "turn.wrong"


def test_the_start_locks_the_roster() -> None:
    game = game_at(exclusions=groups(("Ann", "Cem")))
    body = player.make_start(game.state, game.players["Ann"].key)
    assert by_player(game, "Ann", body) == "ok"
    game.start()
    state = game.state
    assert (state.phase, state.round, state.lock_seq) == (Phase.DECK, 1, 5)
    assert state.roster == roster_hash(state.game, 1, state.players) == body.roster
    assert state.forbidden == ((1, 1), (1, 3), (2, 2), (3, 1), (3, 3), (4, 4))


def test_a_start_names_the_roster_that_its_author_saw() -> None:
    game = game_at()
    body = player.make_start(game.state, game.players["Ann"].key)
    assert by_player(game, "Ann", body) == "ok"
    game.join("Eve")
    assert by_player(game, "Ann", body) == "start.roster-moved"
    assert by_player(game, "Ann", but(body, roster=Hash(bytes(32)))) == "start.roster-moved"


def test_three_is_the_least_and_min_players_may_be_more() -> None:
    for names, least, code in ((NAMES[:2], 3, "start.too-few"), (NAMES[:3], 3, "ok"), (NAMES, 5, "start.too-few")):
        game = game_at(names=names, min_players=least)
        assert by_player(game, "Ann", player.make_start(game.state, game.players["Ann"].key)) == code


def test_who_may_start() -> None:
    anyone, organiser = game_at(), game_at(starters="organiser")
    for game, code in ((anyone, "ok"), (organiser, "start.not-allowed")):
        assert by_player(game, "Bob", player.make_start(game.state, game.players["Bob"].key)) == code
        assert by_organiser(game, player.make_start(game.state, game.organiser.key)) == "ok"
        assert by_dealer(game, player.make_start(game.state, game.dealer.key)) == "author.wrong"
    stranger = fresh_signer("stranger")
    body = player.make_start(anyone.state, SignKey(stranger.public().raw))
    assert verdict(anyone, body, stranger) == "author.wrong"


def test_a_shared_invite_cannot_take_the_name_of_a_named_one() -> None:
    """Who holds the invite for all must not keep a named person out by taking the name first."""
    own = Invite(key=SignKey(SigningKey.from_seed(b"d" * 32).public().raw), name="Dot")
    shared = Invite(key=SignKey(SigningKey.from_seed(b"e" * 32).public().raw), name=None)
    game = Simulator("squatting", (), {"invites": (own, shared)})
    game.invite = SigningKey.from_seed(b"e" * 32)
    game.join("Ann")
    with raises(IllegalPost, "join.invite-name"):
        game.join("Dot")
    game.invite = SigningKey.from_seed(b"d" * 32)
    game.join("Dot")
    assert [p.name for p in game.state.players] == ["Ann", "Dot"]


# --- blind games --------------------------------------------------------------------------------


def blind_created(**changes: Any) -> str:
    """Return the verdict on a create of a blind game with some terms changed."""
    terms = BlindTerms(batch_tests=1, game_tests=1, threshold=0)
    own = {k: changes.pop(k) for k in ("batch_tests", "game_tests", "threshold") if k in changes}
    return created(mode="blind", blind=but(terms, **own), **changes)


def test_honest_terms_of_a_blind_game_are_taken() -> None:
    for changes in (
        {}, {"batch_tests": lobby.MAX_BATCH_TESTS}, {"game_tests": 1_000_000}, {"threshold": 7}, {"reveal": "never"},
        {"reveal_at": 5, "choose_by": 1}, {"title": "x" * 80},
    ):  # fmt: skip
        assert blind_created(**changes) == "ok"


def test_terms_that_no_blind_game_may_have() -> None:
    for changes, code in (
        ({"reveal": "private"}, "create.reveal"),
        ({"batch_tests": 0}, "create.limits"),
        ({"batch_tests": lobby.MAX_BATCH_TESTS + 1}, "create.limits"),
        ({"game_tests": 0}, "create.limits"),
        ({"deck_limit": 2}, "create.limits"),
        ({"title": ""}, "create.text"),
        ({"invites": ()}, "create.invites"),
    ):
        assert blind_created(**changes) == code


def blind_joined(**changes: Any) -> str:
    """Return the verdict on the join of a newcomer to a blind game."""
    game = game_at(mode="blind")
    secrets = PlayerSecrets(b"newcomer".ljust(32), game.state.game)
    invite = SignKey(game.invite.public().raw)
    body = player.make_join(secrets, invite, game.state.head, "Eve", "", game.state.mode)
    return verdict(game, but(body, **changes), secrets.signing, game.invite)


def test_players_of_blind_games_have_a_group_key_and_no_others_have() -> None:
    assert blind_joined() == joined(game_at()) == "ok"
    assert blind_joined(group_key=UNSET) == "join.group-key"
    assert joined(game_at(), group_key=GroupKey((5 * BASE).raw)) == "join.group-key"


def test_a_group_key_counts_as_a_key() -> None:
    """With the group key of another, its hands would be one's own to read."""
    ann = game_at(mode="blind").state.players[0]
    assert ann.group_key is not None
    assert blind_joined(group_key=GroupKey(ann.group_key.raw)) == "join.key-used"
    assert blind_joined(group_key=GroupKey(bytes(ann.card_key))) == "join.key-used"
    assert blind_joined(card_key=SealKey(ann.group_key.raw)) == "join.key-used"
    assert blind_joined(group_key=GroupKey((5 * BASE).raw)) == "ok"
    assert blind_joined(group_key=GroupKey((5 * BASE).raw), card_key=SealKey((5 * BASE).raw)) == "join.key-used"


def test_the_keys_of_players_are_those_of_their_joins() -> None:
    game = game_at(mode="blind")
    for p in game.state.players:
        assert p.group_key is not None
        assert p.group_key.raw == game.players[p.name].group_key
        assert p.group_key == game.players[p.name].group * BASE
    assert all(p.group_key is None for p in game_at().state.players)


def test_a_blind_game_begins_with_its_coins() -> None:
    game = game_at(mode="blind").start()
    assert (game.state.phase, game.state.deck, game.state.deck_seq) == (Phase.COINS, None, game.state.lock_seq)
    body = player.make_start(game.state, game.players["Ann"].key)
    assert by_player(game, "Ann", body) == "turn.wrong"
