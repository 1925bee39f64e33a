"""What is opened is not what was committed to."""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.crypto.group import encode_scalars
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.boxes import box_info
from sealed_santa.game.draw import hits
from sealed_santa.game.stages import blind_state
from sealed_santa.game.state import Phase
from sealed_santa.lab import dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, in_log, runs, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Openings, Share, ShareBoxes
from sealed_santa.log.posts import Answer, Complaint, KeyPost
from sealed_santa.roles import dealer, player, trustee

FIVE = ("Ann", "Bob", "Cem", "Dot", "Eve")


def _another_stands(game: Simulator) -> bool:
    deals = dealing.permitted(game)
    return deals[0] and True in deals[1:]


def _key_that_hits(game: Simulator, t: int) -> bytes:
    """Return some key whose deck would be out, in the place of deck t."""
    state, n = game.state, len(game.state.players)
    keys = (tagged_hash(Label.KEY_DECK, "another key", k) for k in range(1000))
    return next(key for key in keys if hits(state.forbidden, deck_from_key(key, n)[0], dealing.order(game, t)))


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_another_stands)
    deals = dealing.permitted(game)
    second = deals.index(True, 1)
    if not cheat:
        t, _ = dealer.standing_deck(game.state, game.dealer)
        return uncheated(game, won=t == second)
    body, n = dealing.forged(game, second), len(game.state.players)
    opened = [_key_that_hits(game, t) if deals[t] else key for t, key in enumerate(dealing.keys(game, second))]
    believed = all(
        hits(game.state.forbidden, deck_from_key(key, n)[0], dealing.order(game, t)) for t, key in enumerate(opened)
    )
    game.force(sign_post(dealing.but(body, openings=Openings(b"".join(opened))), game.server))
    return in_log(
        game,
        f"Deck 0 is permitted and has to be dealt. The dealer prefers deck {second}. To pass deck 0 over it must show "
        "that it was out, so it publishes, as the key of deck 0, another key: one whose deck would have a forbidden "
        "pair.",
        won=deals[0] and believed,  # who takes the opened keys for those of the decks sees deck after deck out
    )


def _wrong_share(game: Simulator) -> KeyPost:
    """Return Eve's key, with noise in the box for Ann."""
    state, secrets = game.state, game.players["Eve"]
    me = player.own(state, secrets)
    body = trustee.make_key(state, secrets, me, mixing.index_of(game, "Eve"), game.entropy)
    ann = state.players[0]
    info = box_info(Label.SEAL_SHARE, state.game, state.round, 1, ann.card_key, me.key)
    box = seal(BoxKey.parse(ann.card_key), encode_scalars([mixing.scalar(game)]), info)
    return dealing.but(body, shares=ShareBoxes(box + body.shares[len(box) :]))


def _blind(cheat: bool) -> Seen:
    game = stage.seated("blind", FIVE, "lab/0", blind=mixing.few_decks(1, players=len(FIVE)))
    for name in FIVE:
        for _ in ("a coin", "a key"):
            (body,) = game.owed(name).posts
            game.say(name, _wrong_share(game) if cheat and name == "Eve" and isinstance(body, KeyPost) else body)
    if not cheat:
        return uncheated(game, won=False)
    complaint = game.owed("Ann").posts[0]
    if not isinstance(complaint, Complaint):
        raise stage.unshown("Ann's client does not complain of its share")
    game.say("Ann", complaint)
    ann = player.own(game.state, game.players["Ann"])
    shut_out = trustee.own_share(game.state, game.players["Ann"], ann, 1) is None
    share = Share(encode_scalars([mixing.scalar(game)]))
    key = game.players["Eve"].key
    state = game.state
    game.say("Eve", Answer(game=state.game, by=key, seen=state.head, round=state.round, accuser=1, share=share))
    out = blind_state(game.state).found_out
    game.run(Phase.CHOOSING)
    seen = in_log(
        game,
        "With her key Eve commits to a polynomial, and must give each trustee a share that fits it. Ann's box holds "
        "noise. Ann's client complains, and publishes nothing. Eve has to show that one share, and shows another that "
        "does not fit either. Everybody computes that, and the game goes on without her key.",
        won=shut_out,
        **{"trustees found out": str(len(out)), "the game afterwards": game.state.phase.value},
    )  # fmt: skip
    gone = [game.state.players[blind_state(game.state).trustees[index - 1] - 1].name for index in sorted(out)]
    dealt = sum(to != "nobody" for to in mixing.known(game).values())
    victim = (
        f"Ann's client complains by itself; a moment later the log says who was found out: {', '.join(gone)}. The game "
        f"goes on, and {dealt} players get their cards."
    )
    return replace(seen, victim=victim)


TRIALS = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="opening-does-not-match",
    title="what is opened is not what was committed to",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""\
A commitment has two promises. It hides: nobody can see what is in it. And it binds: whoever made it can open it to
one thing only. The second promise is worth something only if everybody checks the opening, every time.

A dealer who passes a deck over publishes the key of that deck, 32 bytes. From the key everybody computes the deck
and its blinding, makes the commitment anew, and compares it with the one in the log (docs/protocol.md, sections 5.6
and 6.2). Another key gives another point; check A23 fails. There is no key that does better, unless somebody can
compute discrete logarithms on this curve.

The trustees of a blind game commit as well: to the polynomial that their shares come from (section 11.4, after
Feldman). A share that does not fit shows in one equation. Who complains publishes nothing; the accused shows the
share in question. If that is wrong too, it is out, by a fault that everybody can recompute.""",
    weak="A program that takes the opened value and does not recompute the commitment looks just the same in every "
    "honest game. The check that is never needed is the first one that is left out.",
    threat="T06",
    tests=(
        "tests/attacks/test_deal_choice.py::test_a_permitted_deck_cannot_be_passed_off_as_another",
        "tests/attacks/test_unchecked.py::test_a_coin_opened_to_another_value_is_refused",
        "tests/unit/crypto/test_sharing.py::test_a_share_for_another_index_or_of_another_dealer_does_not_fit",
    ),
    cases=(
        "deal-with-an-invented-opening_fail", "deal-with-openings-exchanged_fail", "blind-answer-that-is-wrong_fail",
    ),
    course="03-commit-and-reveal",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is ever committed to, so nothing is opened."},
)  # fmt: skip
