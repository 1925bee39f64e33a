"""What somebody said in one game is used in another."""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.classic.lines import Say
from sealed_santa.game.replay import judge
from sealed_santa.game.rules import apply
from sealed_santa.game.state import State
from sealed_santa.lab import dealing, plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, Trial, both, in_log, runs, twin, uncheated
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import Hash
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets


def _classic(cheat: bool) -> Seen:
    first, table = plain.Table(), plain.Table(("Bob", "Cem", "Dot"))
    recorded = "#Ann" if first.told("Ann", Say.NAME) else ""
    if cheat:
        table.come("Mallory", recorded.removeprefix("#"))
    table.come("Ann")
    names = table.told("Ann", Say.NAME)
    if not cheat:
        return Seen(story=plain.in_words(table.start()), won=not names)
    return Seen(
        story="Mallory listened to the last game on the network and wrote down what Ann's computer sent. Before the "
        "next game begins he connects and sends the same line. The server takes him for Ann.",
        victim=f"Ann comes a moment later: “{table.heard['Ann'][-2]}”",
        won=not names and table.told("Mallory", Say.NAME) == ["Ann"],
        why="A name is all that there is to a player. It is not bound to a game, nor to a key, so whoever says it "
        "first has it.",
    )


def _game(mode: str, title: str) -> Simulator:
    """Return a game that four have joined; a careless Ann has the same key in all of them."""
    game = Simulator("lab", FOUR, {**stage.small(mode), "title": title})
    for name in FOUR:
        if name == "Ann":
            _careless(game)
        else:
            game.join(name)
    return game


def _careless(game: Simulator) -> None:
    secrets = PlayerSecrets(b"Ann's one and only seed".ljust(32), Hash(b"the same in every game".ljust(32)))
    body = player.make_join(secrets, game.state.create.invites[0].key, game.state.head, "Ann", "", game.state.mode)
    game.order(sign_post(dealing.but(body, game=game.state.game), secrets.signing, game.invite))
    game.players["Ann"], game.intents["Ann"] = secrets, player.Intent(publish_gift_key=True)


def _without_ids(state: State, post: SignedPost, at: int) -> State:
    """Judge a post by rules under which posts do not name their game."""
    body = dealing.but(post.body, game=state.game, seen=state.head)
    return apply(state, replace(post, body=body), at, state.head)


def _logged(mode: str, cheat: bool) -> Seen:
    first, second = _game(mode, "Last year"), _game(mode, "This year")
    ann = first.players["Ann"]
    leave = sign_post(player.make_leave(first.state, ann.key), ann.signing)
    judge(first.state, leave, first.now)  # in the first game it is a good post
    if not cheat:
        return uncheated(second, won=second.state.named("Ann") is None)
    weak = _without_ids(second.state, leave, second.now)
    beside = twin(second)
    beside.force(second.entries[-1].post)
    twice = stage.finding(beside.entries)
    second.force(leave)
    return in_log(
        second,
        "Last year Ann joined, thought better of it and left. This year she plays, and, careless as she is, with the "
        "same key. The server does not want her. It still has her signed “leave” of last year and puts it into this "
        "year's log. The signature is hers, and it is right.",
        won=weak.named("Ann") is None,
        **{
            "if posts did not name their game": "Ann would be out" if weak.named("Ann") is None else "nothing",
            "a post of this very game, ordered again": f"{twice.check}, {twice.code}",
        },
    )


TRIALS: dict[str, Trial] = {"classic": _classic, **both(_logged)}

ATTACK = Attack(
    id="post-replayed-from-another-game",
    title="what somebody said in one game is used in another",
    attacker="the server (sealed, blind), somebody on the network (classic)",
    lesson="""\
A signature says who, and says what. It does not say when, or where. Whoever has a signed sentence can show it
again, in another place, where it means something else. That is a replay, one of the oldest attacks of all.

So a post says where it belongs, and signs that too: the game, and in most cases the round. The id of a game is the
hash of its first post, with all the terms in it (docs/protocol.md, sections 3.1 and 5), so that two games never
have the same. A post that names another game fails check A12. A post that stands in this log already fails A13. And
a post that came late, after something that it should have answered, fails A14, as it names what its author had
seen.

Careful clients do more: they take new keys for every game, so that an old post is not even from anybody who plays.
Our clients do that. The rules do not rely on it.""",
    weak="A protocol that signs only the content, “Ann leaves”, works in every test with one game. It breaks on the "
    "day on which somebody plays twice.",
    threat="T13",
    tests=("tests/attacks/test_replay.py::test_no_post_of_a_game_is_taken_twice_or_elsewhere",),
    cases=("post-of-another-game_fail", "post-replayed_fail", "file-of-two-games_fail"),
    course="06-two-views-of-one-log",
    runs=runs(TRIALS),
)
