"""A player whom nobody invited."""

from __future__ import annotations

from sealed_santa.classic.lines import Say
from sealed_santa.lab import plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, Trial, both, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import SignKey
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets


def _classic(cheat: bool) -> Seen:
    table = plain.Table()
    if cheat:
        table.come("Eve")
    table.start().choose()
    if not cheat:
        return Seen(story=plain.in_words(table), won="Eve" in table.ids)
    heard = table.told("Ann", Say.HERE)
    return Seen(
        story="The server sits at the table itself: it lets a program connect that calls itself Eve. Nobody has to be "
        "invited, so nobody can ask who invited her. Eve gets a gift, gives one, and learns one of the pairs.",
        victim=f"“here: {', '.join(heard)}”. One name more, like any other.",
        won="Eve" in heard and bool(table.told("Eve", Say.GIVE)),
        why="Whoever can connect can play. Nobody invites anybody, and there is nothing by which people and programs "
        "could be told apart.",
    )


def _logged(mode: str, cheat: bool) -> Seen:
    game = Simulator("lab", FOUR, stage.small(mode)).fill()
    secrets = PlayerSecrets(b"a puppet of the server's".ljust(32), game.state.game)
    invite = game.state.create.invites[0].key
    body = player.make_join(secrets, invite, game.state.head, "Eve", "", game.state.mode)
    if not cheat:
        game.order(sign_post(body, secrets.signing, game.invite))  # Eve was invited
        return uncheated(game, won=False)
    post = sign_post(body, secrets.signing, game.server)  # the server has no invite, and signs with what it has
    weak = twin(game)
    let_through(weak, post)
    in_roster = weak.state.named("Eve") is not None
    own = player.make_join(
        secrets, SignKey(game.server.public().raw), game.state.head, "Eve", "", game.state.mode
    )
    beside = twin(game)
    beside.force(sign_post(own, secrets.signing, game.server))
    unknown = stage.finding(beside.entries)
    game.force(post)
    return in_log(
        game,
        "The server wants one more player of its own: with enough of them it would know almost everything. It makes "
        "keys, a join under the name Eve, and signs it as Eve. But a join must also be signed with the invite. The "
        "server does not have that, so it signs with its own key in its place, and puts it in the log.",
        won=in_roster,
        **{
            "if nobody asked for the invite": "Eve plays" if in_roster else "Eve does not play",
            "with an invite of the server's own making": f"{unknown.check}, {unknown.code}",
        },
    )


TRIALS: dict[str, Trial] = {"classic": _classic, **both(_logged)}

ATTACK = Attack(
    id="player-added-by-server",
    title="a player whom nobody invited",
    attacker="the server",
    lesson="""\
Secrecy in a group means: the others do not know. If all others are one person with many names, there are no others.
So who may bring players in has a say in how much is secret. Pretending to be many is called a Sybil attack.

Here the organiser decides. The terms of the game, which the organiser signs before anything else, list the public
halves of the invites; the secret halves travel in the invite links, which the server never sees. A join is signed
by the player and countersigned with the invite, over the player's own signature (docs/protocol.md, sections 3.1 and
5.2). Without an invite there is no countersignature, and check A09 fails. A countersignature of somebody else's
join does not fit either.

What this cannot do is tell people apart who hold the same link. A shared invite lets any of its holders bring as
many as they like. An invite for each person, with the name in it, lets in that person, once.""",
    weak="A server that “knows its users” can also invent them. Most games with accounts work like that, and some of "
    "the players are there only so that the others do not feel alone.",
    threat="T15",
    tests=(
        "tests/attacks/test_registration.py::test_without_countersignatures_the_server_fills_the_roster",
        "tests/attacks/test_registration.py::test_a_player_added_by_the_server_is_refused",
        "tests/attacks/test_registration.py::test_a_countersignature_cannot_be_moved_to_other_keys",
    ),
    cases=("join-countersigned-by-a-stranger_fail", "join-with-foreign-invite_fail"),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
)
