"""Good transcripts of blind games: sizes, exclusions, trustees who are lost on the way, keys and complaints."""

from __future__ import annotations

from collections.abc import Sequence

from sealed_santa.crypto.group import ORDER
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.batches import Kind
from sealed_santa.game.stages import blind_state
from sealed_santa.game.state import Phase
from sealed_santa.log.archive import parse_transcript
from sealed_santa.log.posts import BlindTerms, Exclusions
from sealed_santa.proofs.shuffle import prove as shuffle_prover
from sealed_santa.roles import player, trustee
from sealed_santa.roles.secrets import DealerSecrets, PlayerSecrets
from transcripts.blind_forge import (
    PATIENCE,
    SCALARS,
    SHORT,
    at,
    blind_game,
    blind_search,
    coefficients,
    complaint,
    finish,
    forged_blinding,
    forged_key,
    forged_mix,
    forged_opening,
    line,
    owes,
    play,
    share_box,
    stands,
    with_box,
)
from transcripts.cases import honest
from transcripts.forge import FOUR, Forger, changed, people

SO_FAR = "verified so far"

# --- sizes ----------------------------------------------------------------------------------------


@honest()
def blind_players_3() -> bytes:
    """The smallest blind game: three trustees of three, who are the players."""
    return blind_game(names=people(3)).transcript()


@honest()
def blind_players_4() -> bytes:
    """Four players: three trustees of four."""
    return line("four")[-1].transcript()


@honest()
def blind_players_5() -> bytes:
    """Five players: four trustees of five."""
    return blind_game(names=people(5)).transcript()


@honest()
def blind_players_7() -> bytes:
    """Seven players: five trustees of seven."""
    return blind_game(names=people(7), decks=1, seed="corpus/blind/0").transcript()


@honest()
def blind_players_8() -> bytes:
    """Eight players: the coins choose the seven trustees."""
    return line("eight")[-1].transcript()


@honest()
def blind_players_12() -> bytes:
    """Twelve players, of whom seven are trustees; three couples among them give to others."""
    twelve = people(12)
    families = groups(twelve[:2], twelve[2:4], twelve[4:6])
    return blind_game(names=twelve, decks=1, exclusions=families, seed="corpus/blind/14").transcript()


@honest()
def blind_players_20() -> bytes:
    """Twenty players, of whom seven are trustees."""
    return blind_game(names=people(20), decks=1, seed="corpus/blind/1").transcript()


@honest()
def blind_players_40() -> bytes:
    """Forty players, of whom seven are trustees."""
    return blind_game(names=people(40), decks=1, seed="corpus/blind/8").transcript()


@honest()
def blind_many_decks() -> bytes:
    """Ten decks in a batch."""
    return blind_game(names=people(3), decks=10).transcript()


@honest()
def blind_room_for_no_test() -> bytes:
    """The terms allow fewer tests than a deck has: each batch has one deck all the same."""
    few = BlindTerms(batch_tests=1, game_tests=1, threshold=0)
    return blind_game(names=people(3), seed="corpus/blind/1", blind=few).transcript()


@honest()
def blind_threshold_raised() -> bytes:
    """All four trustees are needed."""
    return blind_game(seed=SHORT, decks=1, threshold=4).transcript()


@honest()
def blind_names_of_the_world() -> bytes:
    """Names in many scripts, wishes and a title that are not ASCII."""
    names = ("Zoë", "Мария", "小林", "שרה")
    made = blind_game(Phase.JOINING, names=(), decks=12, title="Jul på kontoret", budget="20 €")
    for name in names:
        made.join(name, "gärna något varmt ☕")
    return made.start().run().transcript()


@honest()
def blind_restarted() -> bytes:
    """Everybody is killed before each phase, and goes on a week later from seed and log copy alone."""
    made = blind_game(Phase.JOINING, people(3), "corpus/blind/1", 1, patience=100 * 24 * PATIENCE).start()
    phases = (Phase.KEYS, Phase.MIXING, Phase.BLINDING, Phase.OPENING, Phase.DEALING, Phase.CHOOSING, Phase.MIXING)
    for phase in (*phases, Phase.OPENING, Phase.DELIVERED, Phase.REVEALING, Phase.OVER):
        made.run(until=phase)
        made.entries = list(parse_transcript(made.transcript()))
        made.current, made.memo = made.replay(), {}
        made.dealer = DealerSecrets(made.dealer.seed, SigningKey(made.server.secret))
        made.players = {name: PlayerSecrets(old.seed, old.game) for name, old in made.players.items()}
        made.now += 7 * 24 * PATIENCE
    return made.transcript()


# --- exclusions -----------------------------------------------------------------------------------


def groups(*of: Sequence[str]) -> Exclusions:
    return Exclusions(groups=tuple(tuple(group) for group in of), pairs=())


def pairs(*of: tuple[str, str]) -> Exclusions:
    return Exclusions(groups=(), pairs=of)


@honest()
def blind_couples() -> bytes:
    """Three couples, nobody gives to the own partner."""
    six = people(6)
    return blind_game(names=six, exclusions=groups(six[:2], six[2:4], six[4:]), seed="corpus/blind/2").transcript()


@honest()
def blind_household() -> bytes:
    """A household of three among six, and an exclusion that names somebody who never came."""
    six = people(6)
    families = groups(six[1:4], (six[5], "Nobody"))
    return blind_game(names=six, exclusions=families, seed="corpus/blind/4", decks=2).transcript()


@honest()
def blind_one_way() -> bytes:
    """Exclusions in one direction: last year's pairs must not come again."""
    last = pairs(*((FOUR[i], FOUR[(i + 1) % 4]) for i in range(4)))
    return blind_game(exclusions=last, seed="corpus/blind/0").transcript()


@honest()
def blind_only_one_deal() -> bytes:
    """All but one assignment are excluded: the tests find it, and everybody knew it before."""
    names = people(3)
    return blind_game(names=names, exclusions=pairs((names[0], names[1])), decks=12).transcript()


@honest()
def blind_decks_all_out() -> bytes:
    """A deck in a batch; the first two have a forbidden pair, and a third batch is mixed."""

    def found(made: Forger) -> bool:
        return [past.dealt for past in blind_state(made.state).past] == [None, None, 0]

    return blind_search(found, 6, lambda seed: blind_game(Phase.CHOOSING, seed=seed, decks=1)).run().transcript()


@honest()
def blind_decks_passed_over() -> bytes:
    """The first three of four decks have a forbidden pair; the last one is dealt."""

    def found(made: Forger) -> bool:
        return [past.dealt for past in blind_state(made.state).past] == [3]

    return blind_search(found, 11, lambda seed: blind_game(Phase.CHOOSING, seed=seed, decks=4)).run().transcript()


# --- a trustee is lost ----------------------------------------------------------------------------


def lost(phase: Phase, count: int = 0, kind: Kind | None = None) -> bytes:
    """Return a game of four in which Ann is silent from some point on; the others play to the end without her."""
    return finish(at(phase, count, kind), silent=["Ann"]).transcript()


@honest()
def blind_lost_before_its_key() -> bytes:
    """A trustee is lost before its key: the server closes the keys, and three go on."""
    return lost(Phase.KEYS)


@honest()
def blind_lost_before_its_mix() -> bytes:
    """A trustee is lost before its mix: the server closes the mix after three."""
    return lost(Phase.MIXING)


@honest()
def blind_lost_before_its_blinding() -> bytes:
    """A trustee is lost before the tests are blinded: the other three are enough."""
    return lost(Phase.BLINDING)


@honest()
def blind_lost_before_its_opening() -> bytes:
    """A trustee is lost before the tests are opened: the other three are enough."""
    return lost(Phase.OPENING)


@honest()
def blind_lost_before_its_hand() -> bytes:
    """A trustee is lost before the cards are handed out: the other three are enough."""
    return lost(Phase.DEALING)


@honest()
def blind_lost_before_the_mix_of_gifts() -> bytes:
    """A trustee is lost before its mix of the gifts: the server closes that mix after three."""
    return lost(Phase.MIXING, 0, Kind.GIFTS)


@honest()
def blind_lost_before_the_opening_of_gifts() -> bytes:
    """A trustee is lost before the gifts are opened: the other three are enough."""
    return lost(Phase.OPENING, 0, Kind.GIFTS)


@honest()
def blind_lost_before_the_reveal() -> bytes:
    """A trustee is lost before the reveal: the other three are enough."""
    return lost(Phase.REVEALING)


@honest(SO_FAR)
def blind_stuck_with_two_trustees() -> bytes:
    """Two trustees of four are lost after their keys: two cannot mix for three, and the game stands still."""
    return finish(at(Phase.MIXING), silent=["Cem", "Dot"]).transcript()


@honest()
def blind_keys_of_too_few() -> bytes:
    """Two keys of four are in when the time is over: the organiser closes, and the game is void."""
    return finish(at(Phase.KEYS), silent=["Cem", "Dot"]).transcript()


@honest(SO_FAR)
def blind_keys_of_too_few_and_no_organiser() -> bytes:
    """Two keys of four are in, long after the time for them: the server does not end the game, and late keys count."""
    made = at(Phase.KEYS).run(silent=["Cem", "Dot"])
    made.now += 100 * PATIENCE
    return made.run(silent=["Dot"]).transcript()


# --- keys and complaints --------------------------------------------------------------------------


def undone(made: Forger, index: int) -> tuple[int, ...]:
    """Return the polynomial whose value at an index makes that of all four zero; only all together could choose it."""
    others = [coefficients(made, name) for name in FOUR[:3]]
    sums = [sum(values) for values in zip(*others, strict=True)]
    rest = -sum(value * index**m for m, value in enumerate(sums)) - sum(5 * index**m for m in (1, 2))
    return (rest % ORDER, 5, 5)


@honest()
def blind_joint_key_of_zero() -> bytes:
    """Four trustees chose together that the joint key is the identity: the game is void."""
    made = at(Phase.KEYS, 3)
    made.say("Dot", forged_key(made, "Dot", undone(made, 0)))
    return made.run().transcript()


@honest()
def blind_share_of_zero() -> bytes:
    """Four trustees chose together that the share of one of them is zero: the game is void."""
    made = at(Phase.KEYS, 3)
    made.say("Dot", forged_key(made, "Dot", undone(made, 2)))
    return made.run().transcript()


@honest()
def blind_complaint_without_ground() -> bytes:
    """A trustee complains of a share that is right; the accused publishes it, and all go on."""
    made = at(Phase.MIXING)
    made.say("Bob", complaint(made, "Bob", 1))
    return made.run().transcript()


@honest()
def blind_complaint_answered() -> bytes:
    """A share does not open; its sender publishes it in answer to the complaint, and it is right."""
    made = at(Phase.KEYS)
    body = owes(made, "Ann")
    made.say("Ann", changed(body, shares=with_box(body, 2, bytes(80))))
    return made.run().transcript()


@honest()
def blind_complaint_in_the_middle_of_the_mix() -> bytes:
    """Two have mixed when a third finds two of its shares wrong; both are published and right, and the mixes stand."""
    made = at(Phase.KEYS)
    for name in ("Ann", "Bob"):
        body = owes(made, name)
        made.say(name, changed(body, shares=with_box(body, 4, share_box(made, name, 4, bytes(32)))))
    return made.run().transcript()


@honest()
def blind_complaint_answered_late() -> bytes:
    """The answer comes after its time, before the server has closed: it counts."""
    made = at(Phase.MIXING)
    made.say("Bob", complaint(made, "Bob", 1))
    made.now += 2 * PATIENCE
    made.say("Ann", owes(made, "Ann"))
    return made.run().transcript()


@honest()
def blind_complaint_that_cannot_expel() -> bytes:
    """All four trustees are needed; Ann never answers Bob, is not found out, and nothing waits for her answer."""
    made = blind_game(Phase.MIXING, seed=SHORT, decks=1, threshold=4)
    made.say("Bob", complaint(made, "Bob", 1))
    for name in FOUR:
        made.say(name, forged_mix(made, name, decks=1))
    made.now += PATIENCE
    made.deal_with(player.make_close(made.state, made.state.create.server))
    for name in FOUR:
        made.say(name, forged_blinding(made, name, SCALARS[:4]))
    for name in FOUR:
        made.say(name, forged_opening(made, name))
    return made.run().transcript()


@honest()
def blind_late_complaint_answered() -> bytes:
    """Dot was away while the others mixed, finds a share wrong while they open, and has an answer; all go on."""
    made = at(Phase.KEYS)
    body = owes(made, "Ann")
    made.say("Ann", changed(body, shares=with_box(body, 4, bytes(80))))
    play(made, lambda state: state.phase is Phase.MIXING)
    play(made, lambda state: stands(state, Phase.MIXING, 3), silent=["Dot"])
    made.now += PATIENCE
    play(made, lambda state: stands(state, Phase.OPENING, 1), silent=["Dot"])
    made.say("Dot", owes(made, "Dot"))
    return made.run().transcript()


@honest()
def blind_late_complaint_while_gifts_are_chosen() -> bytes:
    """Dot complains when the cards are dealt; Ann publishes the share, which is right, and the cards stay."""
    made = at(Phase.MIXING, game="short")
    play(made, lambda state: stands(state, Phase.MIXING, 3), silent=["Dot"])
    made.now += PATIENCE
    play(made, lambda state: stands(state, Phase.CHOOSING, 1), silent=["Dot"])
    made.say("Dot", complaint(made, "Dot", 1))
    return made.run().transcript()


# --- mixes ----------------------------------------------------------------------------------------


@honest()
def blind_mix_that_changes_nothing() -> bytes:
    """A trustee hands on the rows as they are, rightly proven: one trustee who does mix is enough."""
    made = at(Phase.MIXING, 1)
    made.say("Bob", _idle(made, "Bob"))
    return made.run().transcript()


def _idle(made: Forger, who: str) -> object:
    """Return a mix without permutation and randomness."""
    real = trustee._mixed

    def lazy(*arguments: object) -> object:
        deck = arguments[-1]
        assert isinstance(deck, tuple)
        zeros = tuple((0,) * len(deck[0]) for _ in deck)
        return deck, shuffle_prover.ShuffleWitness(tuple(range(1, len(deck) + 1)), zeros)

    trustee._mixed = lazy  # type: ignore[assignment]
    try:
        return forged_mix(made, who)
    finally:
        trustee._mixed = real
