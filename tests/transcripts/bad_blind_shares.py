"""Bad transcripts of blind games: complaints about shares of the joint key, and answers."""

from __future__ import annotations

from sealed_santa.crypto.group import ORDER
from sealed_santa.crypto.sharing import evaluate
from sealed_santa.game.batches import Kind
from sealed_santa.game.state import Phase
from sealed_santa.roles import player
from transcripts.bad_blind_keys import keys, without_the_key_of_dot
from transcripts.blind_forge import (
    PATIENCE,
    answer,
    at,
    blind_game,
    coefficients,
    complaint,
    finish,
    forged_mix,
    heads,
    owes,
    play,
    share_box,
    stands,
    with_box,
)
from transcripts.cases import bad
from transcripts.forge import (
    FOUR,
    ORGANISER,
    SERVER,
    Forger,
    changed,
)

# --- complaints -----------------------------------------------------------------------------------


def complained(share: bytes | None = None) -> Forger:
    """Return a game in which Bob has complained of Ann; her box for him has another content, or it is right."""
    if share is None:
        made = at(Phase.MIXING)
    else:
        made = keys()
        body = owes(made, "Ann")
        made.say("Ann", changed(body, shares=with_box(body, 2, share_box(made, "Ann", 2, share))))
        play(made, lambda state: state.phase is Phase.MIXING)
    made.say("Bob", complaint(made, "Bob", 1))
    return made


@bad("B03 complaint.accused 14")
def blind_complaint_about_oneself() -> bytes:
    """A trustee complains of itself, to begin the mix anew."""
    made = at(Phase.MIXING)
    return made.smuggle("Bob", complaint(made, "Bob", 2))


@bad("B03 complaint.accused 14")
def blind_complaint_about_nobody() -> bytes:
    """There is no trustee of this index."""
    made = at(Phase.MIXING)
    return made.smuggle("Bob", complaint(made, "Bob", 9))


@bad("B03 complaint.after-mix 16")
def blind_complaint_after_the_mix() -> bytes:
    """Bob complains after he has mixed, and so confirmed his shares: he does not like how it goes."""
    made = at(Phase.MIXING, 2)
    return made.smuggle("Bob", complaint(made, "Bob", 1))


@bad("B03 complaint.twice 16")
def blind_complaint_twice() -> bytes:
    """Ann's answer was right, and Bob complains a second time."""
    made = complained()
    made.say("Ann", owes(made, "Ann"))
    return made.smuggle("Bob", complaint(made, "Bob", 1))


@bad("B03 complaint.after-mix 32")
def blind_complaint_in_the_mix_of_gifts() -> bytes:
    """Bob complains when the cards are long dealt; he mixed them, and it does not matter which batch that was."""
    made = at(Phase.MIXING, 0, Kind.GIFTS)
    return made.smuggle("Bob", complaint(made, "Bob", 1))


@bad("B01 trustee.not 25")
def blind_complaint_of_a_player_who_is_no_trustee() -> bytes:
    """Somebody complains to whom no share was sealed."""
    made = at(Phase.MIXING, game="eight")
    assert made.state.blind is not None
    number = next(n for n in range(1, 9) if n not in made.state.blind.trustees)
    name = made.state.players[number - 1].name
    return made.smuggle(name, complaint(made, name, 1))


@bad("A32 close.too-early 18")
def blind_mixing_closed_with_a_complaint_open() -> bytes:
    """Three have mixed, one waits for the answer to its complaint, and the organiser goes on without it."""
    made = complained()
    for name in ("Ann", "Cem", "Dot"):
        made.say(name, forged_mix(made, name))
    return made.smuggle(ORGANISER, player.make_close(made.state, made.organiser.key))


# --- answers --------------------------------------------------------------------------------------


@bad("B03 answer.no-complaint 14")
def blind_answer_without_a_complaint() -> bytes:
    """Ann publishes a share that nobody has asked for."""
    made = at(Phase.MIXING)
    return made.smuggle("Ann", answer(made, "Ann", 2, evaluate(coefficients(made, "Ann"), 2)))


@bad("B03 answer.no-complaint 15")
def blind_answer_to_another() -> bytes:
    """Bob has complained, and Ann publishes the share of Cem."""
    made = complained()
    return made.smuggle("Ann", answer(made, "Ann", 3, evaluate(coefficients(made, "Ann"), 3)))


@bad("B03 answer.no-complaint 15")
def blind_answer_of_another() -> bytes:
    """Bob has complained of Ann, and Cem answers."""
    made = complained()
    return made.smuggle("Cem", answer(made, "Cem", 2, evaluate(coefficients(made, "Cem"), 2)))


@bad("B03 answer.no-complaint 16")
def blind_answer_twice() -> bytes:
    """Ann answers rightly, and then says something else."""
    made = complained()
    made.say("Ann", owes(made, "Ann"))
    return made.smuggle("Ann", answer(made, "Ann", 2, 77))


ANN = "player Ann (proven)"
EITHER = "player-or-server Ann or {} (suspected)"


def answered(share: int) -> bytes:
    """Let Ann publish this as Bob's share; the mixes begin anew without her."""
    made = complained()
    made.say("Ann", answer(made, "Ann", 2, share))
    return play(made, lambda state: stands(state, Phase.MIXING, 1)).transcript()


def right(made: Forger, index: int) -> int:
    return evaluate(coefficients(made, "Ann"), index)


@bad("B04 share.wrong 15", blame=ANN)
def blind_answer_that_is_wrong() -> bytes:
    """Ann sealed a wrong share to Bob and publishes the same; found out, she counts no more, and the game ends well."""
    made = complained((99).to_bytes(32, "little"))
    made.say("Ann", answer(made, "Ann", 2, 99))
    return finish(made).transcript()


@bad("B04 share.wrong 15", blame=ANN)
def blind_answer_for_the_wrong_index() -> bytes:
    """Ann publishes the share of Cem in answer to Bob."""
    return answered(right(at(Phase.MIXING), 3))


@bad("B04 share.wrong 15", blame=ANN)
def blind_answer_zero() -> bytes:
    """Ann publishes zero."""
    return answered(0)


@bad("B04 share.wrong 15", blame=ANN)
def blind_answer_with_a_large_scalar() -> bytes:
    """Ann publishes the right share plus the group's order: another spelling of it."""
    return answered(right(at(Phase.MIXING), 2) + ORDER)


@bad("B04 share.wrong 15", blame=ANN)
def blind_answer_with_the_secret_of_the_trustee() -> bytes:
    """Ann publishes her own a_0, the value at zero."""
    return answered(coefficients(at(Phase.MIXING), "Ann")[0])


@bad(f"B04 share.wrong 15 by {ANN}", "B01 trustee.not 17")
def blind_mix_of_a_trustee_who_was_found_out() -> bytes:
    """Ann's answer was wrong; the server orders a mix of hers all the same."""
    made = complained()
    made.say("Ann", answer(made, "Ann", 2, 7))
    made.say("Bob", owes(made, "Bob"))
    return made.smuggle("Ann", changed(owes(made, "Cem"), **heads(made, "Ann")))


@bad(f"B04 share.missing 17 by {EITHER.format('Bob')}")
def blind_complaint_that_nobody_answered() -> bytes:
    """Ann does not answer; when the time is over she is found out, and the game ends well without her."""
    made = complained(bytes(32))
    return finish(made, silent=["Ann"]).transcript()


@bad("B01 trustee.not 14")
def blind_complaint_of_a_trustee_who_is_out() -> bytes:
    """Dot's key was not there; the server lets it complain."""
    made = without_the_key_of_dot()
    return made.smuggle("Dot", complaint(made, "Dot", 1))


# --- late complaints ------------------------------------------------------------------------------


def away(phase: Phase, count: int = 0) -> Forger:
    """Return a game in which the server has closed the mixing without Dot, and so many have done the next thing."""
    made = at(Phase.MIXING)
    play(made, lambda state: stands(state, Phase.MIXING, 3), silent=["Dot"])
    made.now += PATIENCE
    return play(made, lambda state: stands(state, phase, count), silent=["Dot"])


def late(phase: Phase, count: int = 0) -> Forger:
    """Return such a game in which Dot is back, and complains of Ann."""
    made = away(phase, count)
    made.say("Dot", complaint(made, "Dot", 1))
    return made


@bad("B04 share.wrong 23", blame=ANN)
def blind_late_complaint_answered_wrongly() -> bytes:
    """Dot was away while the others mixed, and complains while they open; Ann's answer is wrong: cards anew."""
    made = late(Phase.OPENING, 1)
    made.say("Ann", answer(made, "Ann", 4, 7))
    return finish(made).transcript()


@bad(f"B04 share.missing 20 by {EITHER.format('Dot')}")
def blind_late_complaint_that_nobody_answered() -> bytes:
    """Dot complains while the tests are blinded; Ann does not answer in time, and the server closes: cards anew."""
    made = late(Phase.BLINDING, 1)
    made.now += PATIENCE
    play(made, lambda state: state.phase is Phase.MIXING, silent=FOUR)
    return finish(made, silent=["Ann"]).transcript()


@bad("A32 close.too-early 20")
def blind_blinding_closed_before_a_complaint_is_overdue() -> bytes:
    """The server closes while Ann still has time to answer."""
    made = late(Phase.BLINDING, 1)
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("B04 share.wrong 28", blame=ANN)
def blind_complaint_while_choosing_answered_wrongly() -> bytes:
    """Dot complains when the cards are dealt; Ann's answer is wrong: she is out, and nothing is drawn again."""
    made = late(Phase.CHOOSING)
    deals = made.state.blind.deals
    made.say("Ann", answer(made, "Ann", 4, 7))
    finish(made)
    if made.state.blind.deals != deals:
        raise AssertionError("the cards were dealt again")
    return made.transcript()


@bad("B04 share.wrong 26", blame=ANN)
def blind_complaint_after_the_first_hand_answered_wrongly() -> bytes:
    """One has handed out cards when Ann's answer turns out wrong: the rest do so without her, and it goes on."""
    made = late(Phase.DEALING, 1)
    made.say("Ann", answer(made, "Ann", 4, 7))
    return finish(made).transcript()


@bad("A32 close.too-early 28")
def blind_close_for_a_complaint_after_the_deal() -> bytes:
    """Ann does not answer while they choose: nobody is found out for silence by then, but the server closes."""
    made = late(Phase.CHOOSING)
    made.now += PATIENCE
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad(f"B04 share.wrong 28 by {ANN}", "B01 trustee.not 34")
def blind_gift_mix_of_a_trustee_found_out_after_the_deal() -> bytes:
    """Ann is out since her wrong answer; the server orders a mix of the gifts of hers."""
    made = late(Phase.CHOOSING)
    made.say("Ann", answer(made, "Ann", 4, 7))
    play(made, lambda state: stands(state, Phase.MIXING, 0))
    return made.smuggle("Ann", changed(owes(made, "Bob"), **heads(made, "Ann")))


@bad("A15 turn.wrong 39")
def blind_complaint_after_the_delivery() -> bytes:
    """A trustee complains when the gifts are delivered, and nothing of its share is needed before the reveal."""
    made = at(Phase.DELIVERED)
    return made.smuggle("Bob", complaint(made, "Bob", 1))


@bad("A32 close.too-early 20")
def blind_close_for_a_complaint_that_cannot_expel() -> bytes:
    """All four trustees are needed; Ann does not answer, and the server closes as if she could be found out."""
    made = blind_game(Phase.MIXING, threshold=4)
    made.say("Bob", complaint(made, "Bob", 1))
    for name in FOUR:
        made.say(name, forged_mix(made, name))
    made.now += PATIENCE
    made.deal_with(player.make_close(made.state, made.state.create.server))
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))
