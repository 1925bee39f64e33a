"""Somebody is handed another card than the one that was drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import BASE, ORDER, encode_points, encode_scalars
from sealed_santa.crypto.sealing import BoxKey, open_box, seal
from sealed_santa.crypto.sharing import lagrange
from sealed_santa.game.boxes import CardOpening, box_info
from sealed_santa.game.stages import present
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import group_keys, hand_statement
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.fields import CardBoxes, Points, Proof
from sealed_santa.log.posts import Hand
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.roles import dealer, player

VICTIM: Final = "Ann"
LAST: Final = "Dot"  # the trustee who hands out last


# --- what other attacks do with cards, too ---------------------------------------------------------


def told(game: Simulator, value: int, blinding: bytes) -> Simulator:
    """Deal rightly, but seal another opening to the victim; then let everybody go on."""
    ann = cheats.seat(game, VICTIM)
    content = CardOpening(value, blinding).encode()
    info = box_info(Label.SEAL_CARD, game.state.game, 1, ann.number, ann.card_key, game.dealer.key)
    body = dealer.make_deal(game.state, game.dealer, game.entropy)
    boxes = list(body.sealed.units())
    boxes[ann.number - 1] = seal(BoxKey.parse(ann.card_key), content, info)
    game.deal_with(dealing.but(body, sealed=CardBoxes(b"".join(boxes))))
    return game.run()


def in_the_box(game: Simulator, name: str) -> int:
    """Return the number in somebody's box, for a client that does not ask whether it opens the card."""
    me = cheats.seat(game, name)
    info = box_info(Label.SEAL_CARD, game.state.game, 1, me.number, me.card_key, game.dealer.key)
    boxes = () if game.state.deal is None else game.state.deal.sealed.units()
    return CardOpening.decode(open_box(game.players[name].card, boxes[me.number - 1], info)).value


def opening_of(game: Simulator, name: str) -> tuple[int, bytes]:
    """Return value and blinding of somebody's card, as its dealer knows them before the deal."""
    t, _ = dealer.standing_deck(game.state, game.dealer)
    slot = dealing.order(game, t)[cheats.seat(game, name).number - 1]
    return dealing.deck(game, t)[0][slot - 1], encode_scalars([dealing.card_blindings(game, t)[slot - 1]])


def all_but_one_hand() -> Simulator:
    """Return a blind game in which one hand is missing, before all can read their cards."""
    game = stage.at_phase("blind", Phase.DEALING, **mixing.quick("blind"))
    needed = cheats.blind_of(game).threshold - 1
    return cheats.play(game, lambda state: len(cheats.blind_of(game).hands) == needed, silent=(LAST,))


def shifted(game: Simulator, by: int) -> Hand:
    """Return the last hand with so much more on the victim's card, and the best proof that there is."""
    state, secrets, blind = game.state, game.players[LAST], cheats.blind_of(game)
    x, index = cheats.share_of(game, LAST), mixing.index_of(game, LAST)
    keys, firsts = group_keys(present(state)), tuple(row[0].u for row in blind.deck)
    masks = mixing.scalars(game, len(keys))
    hands = [(rho * BASE, x * u + rho * key) for rho, u, key in zip(masks, firsts, keys, strict=True)]
    place = blind.holders.index(cheats.seat(game, VICTIM).number)
    factor = lagrange((*blind.hands, index))[index]
    r, s = hands[place]
    hands[place] = (r, s - by * pow(factor, -1, ORDER) * BASE)
    statement = hand_statement(state, secrets.key, index, tuple(hands))
    return Hand(
        **cheats.heads(game, LAST), batch=blind.deal_batch,
        cards=Points(encode_points(point for pair in hands for point in pair)),
        proof=Proof(prove_linear(statement, (x, *masks), secrets.seed, game.entropy)),
    )  # fmt: skip


def read_by(game: Simulator) -> str:
    """Return whom the victim's own client says that it gives to, or "nobody"."""
    to = player.knowledge(game.state, game.players[VICTIM]).recipient
    return "nobody" if to is None else to.name


def disputed(game: Simulator, seen: Seen) -> Seen:
    """Return what is seen with the victim's own words: its client has told everybody what is wrong."""
    return replace(seen, victim=f"Its client publishes the key of the box: {stage.finding(game.entries).message}.")


# --- the trials -----------------------------------------------------------------------------------


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.DEAL)
    true, _ = opening_of(game, VICTIM)
    if not cheat:
        game.run()
        return uncheated(game, won=in_the_box(game, VICTIM) != true)
    other = next(name for name in game.players if name != VICTIM and opening_of(game, name)[0] != 1)
    told(game, *opening_of(game, other))
    said = in_the_box(game, VICTIM)
    names = {p.number: p.name for p in game.state.players}
    seen = in_log(
        game,
        f"The deal is right, and its proofs are. Only the box that the dealer seals to {VICTIM} holds another opening: "
        f"that of {other}'s card. A client that reads the name and asks no further would send {VICTIM} to "
        f"{names[said]}, to whom somebody else gives already, and {names[true]} would get nothing.",
        won=said != true,
        **{f"{VICTIM}'s card": names[true], "what the box says": names[said]},
    )
    return disputed(game, seen)


def _blind(cheat: bool) -> Seen:
    game = all_but_one_hand()
    honest = twin(game)
    honest.say(LAST, cheats.owes(honest, LAST))
    true = read_by(honest)
    if not cheat:
        return uncheated(honest, won=true not in game.players)
    post = cheats.signed(game, LAST, shifted(game, 1))
    weak = twin(game)
    let_through(weak, post)
    read = read_by(weak)
    return at_the_door(
        game, post,
        f"{LAST} hands out last. It knows nobody's card. But what it gives to {VICTIM} is a part of a sum, and it adds "
        f"G to its part: whatever {VICTIM}'s card is, it reads the number after it. It sends that with the best proof "
        "that it can make.",
        won=read not in (true, "nobody"),
        **{f"{VICTIM}'s card": true, "what it would have read": read},
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="hand-holds-another-card",
    title="somebody is handed another card than the one that was drawn",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""
A fair draw is worth little if you are told another name than the one that was drawn for you. Nobody else reads your
card, so nobody else would notice. Two people then give to one, and somebody gets nothing.

In a sealed game your card is in the log as a commitment, and what comes in your box is its opening. Your client
computes the commitment again from what is in the box. If the two differ it says so at once, publishes the key of that
one box, and everybody computes the same: the dealer lied (docs/protocol.md, sections 5.10 and 7.1).

In a blind game your card is a sum of parts, one from each of several trustees, and each part is in the log, hidden by
your key. Nobody but you could read it, and yet everybody can check it: each trustee proves that its part was made with
its share of the joint key, from your slot, and for your key, all in one proof (section 11.12). So nobody has to
complain, and a trustee that adds something is refused before you see anything.
""",
    weak="A dealer that sends everybody a name in a private message. There is nothing to compare it with.",
    threat="T40",
    tests=(
        "tests/attacks/test_trustee_proofs.py::test_attack_a_hand_hides_something_else",
        "tests/attacks/test_trustee_proofs.py::test_attack_slots_or_keys_of_players_are_exchanged",
    ),
    cases=(
        "card-of-another-told_fail", "blind-hand-that-changes-a-card_fail", "blind-hand-for-another-card_fail",
        "blind-hand-with-the-share-of-another_fail", "blind-hand-that-another-can-read_fail",
    ),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
    elsewhere={"classic": "The server tells everybody a name, and there is nothing that it could differ from."},
)  # fmt: skip
