"""A wrong share, sent to make an honest trustee complain, and show what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import decode_scalar, encode_scalars
from sealed_santa.crypto.sealing import BoxKey, BoxSecret, open_box, seal
from sealed_santa.crypto.sharing import evaluate
from sealed_santa.game.boxes import box_info
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, in_log, runs, twin
from sealed_santa.log.fields import Hash, Share, ShareBoxes
from sealed_santa.log.posts import Answer, Complaint

_BAD: Final = ("Ann", "Cem")  # two of four; three are needed
_VICTIM: Final = "Bob"


def _polynomial(game: Simulator, name: str) -> tuple[int, ...]:
    roster, degree = game.state.roster or Hash(bytes(32)), cheats.blind_of(game).threshold - 1
    return game.players[name].polynomial(game.state.round, roster, degree)


def _keys(cheat: bool) -> Simulator:
    """Play until all keys are there; Ann's share for Bob is a wrong one if she cheats."""
    game = stage.at_phase("blind", Phase.COINS)
    game.say("Ann", cheats.owes(game, "Ann"))  # her coin
    body = cheats.owes(game, "Ann")
    if cheat:
        bob, number = cheats.seat(game, _VICTIM), mixing.index_of(game, _VICTIM)
        info = box_info(Label.SEAL_SHARE, game.state.game, game.state.round, number, bob.card_key, body.by)
        boxes = list(body.shares.units())
        boxes[number - 1] = seal(BoxKey.parse(bob.card_key), encode_scalars([12345]), info)
        body = with_fields(body, shares=ShareBoxes(b"".join(boxes)))
    game.say("Ann", body)
    return game.run(Phase.MIXING)


def _opened_with(game: Simulator, published: BoxSecret) -> int:
    """Return Bob's share of the joint key, as anybody finds it who has the key to his boxes; Ann knows her own part."""
    state, blind = game.state, cheats.blind_of(game)
    bob, number = cheats.seat(game, _VICTIM), mixing.index_of(game, _VICTIM)
    total = 0
    for sender in blind.qualified():
        author = state.players[blind.trustees[sender - 1] - 1]
        if author.name in _BAD:
            total += evaluate(_polynomial(game, author.name), number)
            continue
        info = box_info(Label.SEAL_SHARE, state.game, state.round, number, bob.card_key, author.key)
        total += decode_scalar(open_box(published, blind.share_boxes[sender][number - 1], info))
    return total


def _read(game: Simulator, shares: dict[int, int]) -> int:
    return sum(number is not None for number in cheats.read_cards(game.state, shares).values())


def _found_out(game: Simulator) -> Seen:
    """Let Ann answer wrongly instead, in a game that is otherwise the same, and return what the log says then."""
    other = twin(game)
    number = mixing.index_of(other, _VICTIM)
    other.say("Ann", Answer(**cheats.heads(other, "Ann"), accuser=number, share=Share(encode_scalars([12345]))))
    return in_log(other, "", won=False)


def _blind(cheat: bool) -> Seen:
    game = _keys(cheat)
    body = cheats.owes(game, _VICTIM)
    complains = isinstance(body, Complaint)
    if complains != cheat:
        raise stage.unshown("Bob does not say what he has to say")
    wrongly = None
    if cheat:
        game.say(_VICTIM, body)
        wrongly = _found_out(game)
        game.say("Ann", cheats.owes(game, "Ann"))  # the right share: she does not want to be found out
    game.run(Phase.CHOOSING)
    n = len(game.state.players)
    bad = {mixing.index_of(game, name): cheats.share_of(game, name) for name in _BAD}
    read = _read(game, bad)
    if wrongly is None:
        words = stage.in_words(stage.honest("blind"))
        return Seen(story=f"{words}. Two of four trustees, who need a third, read {read} of {n} cards.", won=read > 0)
    extorted = {**bad, mixing.index_of(game, _VICTIM): _opened_with(game, game.players[_VICTIM].card)}
    weak = _read(game, extorted)
    if weak != n:
        raise stage.unshown(f"with the key of the complainer they read {weak} of {n} cards")
    return Seen(
        story="Ann and Cem work together and need one share more. Ann seals a wrong share to Bob, so that he has to "
        "complain. If a complaint published the key with which Bob opens his boxes, everybody could see that he is "
        "right; and Ann and Cem would open all his other boxes with it. Here Bob publishes nothing: Ann has to show "
        "that one share, which she knew anyway.",
        victim="Bob's client complains by itself, gets the right share out of the log, and goes on. Had Ann answered "
        f"with a wrong one, she would have been found out before everybody ({wrongly.check}, {wrongly.code}), and the "
        "keys made anew without her.",
        won=read > 0, refused=not read, code=wrongly.code, check=wrongly.check,  # nobody is caught: she answers rightly
        figures={
            "who is to blame, had she answered wrongly": str(wrongly.blame),
            "cards that they read": f"{read} of {n}", "if complaints published a key": f"{weak} of {n}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="complaint-that-extorts-a-key",
    title="a complaint that makes its author show its key",
    attacker="t − 1 trustees",
    lesson="""
Shares of a key are sent in sealed boxes. If one is wrong, only its reader can know. It complains, and then it
stands word against word: perhaps the sender cheated, perhaps the reader lies. Somebody has to show something.

It is natural to ask the one who complains: publish the key, and we all look into the box. But that key opens more
than this box. Whoever wants to see what an honest trustee holds sends it something bad, and waits for the
complaint. The defence of the victim is the attack.

So the accused shows something here, and no more than the one number that the reader should have had anyway. If it
is right, everybody may use it; if not, the accused is found out and the key is made without it. An accused who has
done nothing wrong loses nothing but the secrecy of one share of its part. See docs/protocol.md, section 11.4.
""",
    weak="A complaint with the complainer's key in it, which everybody can check at once, without waiting for anyone's "
    "answer.",
    threat="T42",
    tests=(
        "tests/attacks/test_blind_faulty_party.py::test_bad_shares_that_are_answered_rightly_cost_nothing",
        "tests/attacks/test_blind_faulty_party.py::test_bad_shares_that_are_answered_wrongly_are_proven",
        "tests/unit/game/test_rules_blind.py::test_complaints_have_seen_the_keys_and_answers_the_complaint",
    ),
    cases=("blind-answer-that-is-wrong_fail", "blind-complaint-that-nobody-answered_fail"),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There are no keys, and nobody to complain to.",
        "sealed": "No key is shared. Who disputes a box publishes the key of such boxes, and is asked first.",
    },
)
