"""A game told entry by entry."""

import json

import pytest

from sealed_santa.cli.chronicle import tell
from sealed_santa.cli.standing import standing, status_record, steps
from sealed_santa.game.replay import step
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.posts import Exclusions
from sealed_santa.roles import player

NAMES = ("Annabel", "Bobby", "Cemil", "Dorothy", "Esther")


def story(game, secrets=None):
    told, state = [], None
    for entry in game.entries:
        after = step(state, entry)
        told += tell(state, after, entry, secrets)
        state = after
    return told


def one(told, event):
    found = [t for t in told if t.event == event]
    assert len(found) == 1, event
    return found[0]


@pytest.fixture(scope="module")
def game():
    return played(NAMES, "a story")


def test_everything_that_matters_is_told_once(game):
    told = story(game)
    for event in ("game", "started", "decks", "words", "deal", "closed", "delivery", "reveal"):
        one(told, event)
    assert [t.fields["name"] for t in told if t.event == "joined"] == list(NAMES)
    assert len([t for t in told if t.event in ("coin", "accepted", "gift", "receipt")]) == 4 * len(NAMES)
    assert not [t for t in told if t.event in ("recipient", "parcel", "santa", "fault", "void")]


def test_every_field_is_json(game):
    for name in NAMES:
        for told in story(game, game.players[name]):
            json.dumps({"event": told.event, **told.fields})


def test_the_sentence_that_names_a_recipient_names_nobody_else(game):
    for name in NAMES:
        told = story(game, game.players[name])
        recipient = one(told, "recipient")
        assert [n for n in NAMES if n in recipient.text] == [recipient.fields["name"]]
        assert recipient.fields["name"] != name


def test_nobody_is_named_between_deal_and_delivery(game):
    told = story(game, game.players["Annabel"])
    events = [t.event for t in told]
    between = told[events.index("deal") : events.index("delivery")]
    assert [t.event for t in between if any(n in t.text for n in NAMES)] == ["recipient"]


def test_what_each_is_told_fits_together(game):
    gives, santas, gifts = {}, {}, {}
    for name in NAMES:
        told = story(game, game.players[name])
        gives[name] = one(told, "recipient").fields["name"]
        santas[name] = one(told, "santa").fields["name"]
        gifts[name] = one(told, "parcel")
    assert {santa: name for name, santa in santas.items()} == gives
    assert dict(one(story(game), "reveal").fields["pairs"]) == gives
    for name, parcel in gifts.items():
        number = NAMES.index(santas[name])
        assert parcel.note == f"from your Santa, with number {number}"
        assert parcel.fields["gift"]["id"] == game.state.create.catalogue[number].id
        assert not parcel.fields["gift"]["house"]


def test_who_did_not_choose_is_stood_in_for_and_the_recipient_is_told():
    game = Simulator("house", NAMES[:4]).fill().start()
    game.run(until=Phase.CLOSED, silent=())
    assert game.state.phase is Phase.CLOSED  # everybody has chosen; now one that has not
    game = Simulator("house", NAMES[:4]).fill().start().run(until=Phase.CHOOSING)
    game.run(until=Phase.CLOSED, silent=("Bobby",))
    game.organise(player.make_close(game.state, game.organiser.key))
    game.run()
    told = [story(game, game.players[n]) for n in NAMES[:4]]
    houses = [t for s in told for t in s if t.event == "parcel" and t.fields["gift"]["house"]]
    assert len(houses) == 1
    assert "Bobby" in houses[0].text
    closed = one(told[0], "closed")
    assert closed.fields == {"by": "organiser", "missing": 1}


def test_a_dropped_player_and_the_new_round_are_told():
    game = Simulator("drop", NAMES).fill().start()
    game.run(until=Phase.DEAL, silent=("Cemil",))
    game.now += 4_000_000
    game.organise(player.make_drop(game.state, game.organiser.key, (game.state.named("Cemil"),)))
    told = story(game)
    dropped = one(told, "dropped")
    assert dropped.fields["names"] == ["Cemil"]
    assert dropped.fields["round"] == 2
    assert "Cemil" in dropped.text


def test_a_private_reveal_names_no_pairs_in_the_log():
    game = played(NAMES[:4], "private", reveal="private")
    assert one(story(game), "reveal").fields["pairs"] == []
    assert one(story(game, game.players["Bobby"]), "santa").fields["name"] in NAMES


def test_a_draw_that_passes_decks_over_says_how_many():
    for seed in range(20):
        game = played(NAMES[:4], f"passed {seed}", exclusions=Exclusions(groups=(("Annabel", "Bobby"),), pairs=()))
        deal = one(story(game), "deal")
        if deal.fields["passed_over"] > 1:
            assert f"{deal.fields['passed_over']} decks" in deal.text
            return
    pytest.fail("no deck was ever passed over")


def test_an_unfounded_dispute_is_told_with_its_blame():
    game = Simulator("fault", NAMES[:4]).fill().start().run(until=Phase.DELIVERED)
    from sealed_santa.log.fields import Opened
    from sealed_santa.log.posts import Dispute

    state, secrets = game.state, game.players["Bobby"]
    game.say("Bobby", Dispute(
        game=state.game, by=secrets.key, seen=state.head, round=1, about="delivery", card_secret=None,
        gift_secret=Opened(secrets.gift.secret), reveal_secret=None,
    ))  # fmt: skip
    fault = one(story(game), "fault")
    assert fault.fields["code"] == "dispute.unfounded"
    assert "Bobby" in fault.fields["blame"]


PHASES = [Phase.JOINING, Phase.DECK, Phase.COINS, Phase.DEAL, Phase.CHOOSING, Phase.CLOSED, Phase.DELIVERED, Phase.OVER]


@pytest.mark.parametrize("phase", PHASES)
def test_every_phase_has_words_and_a_next_step(phase):
    game = Simulator("phases", NAMES).fill()
    if phase is not Phase.JOINING:
        game.start().run(until=phase)
    assert game.state.phase is phase
    record = status_record(game.state, game.players["Annabel"].key, organiser=True)
    json.dumps(record)
    assert standing(game.state).sentence()
    assert record["phase"] == phase.value
    assert record["you"] == "Annabel"
    found = steps(game.state, game.players["Annabel"].key, organiser=False)
    assert found
    assert all(s.command.startswith("santa ") and s.purpose for s in found)
    mine = {Phase.JOINING: "santa start", Phase.COINS: "santa sync", Phase.CHOOSING: "santa give",
            Phase.DELIVERED: "santa sync"}  # fmt: skip
    assert [s.command for s in found if s.mine] == ([mine[phase]] if phase in mine else [])


def test_what_is_waited_for_names_who_is_late():
    game = Simulator("late", NAMES).fill().start().run(until=Phase.DEAL, silent=("Cemil", "Esther"))
    now = standing(game.state)
    assert now.people == ("Cemil", "Esther")
    assert now.sentence() == "waiting for coins: Cemil and Esther"
    organiser = steps(game.state, None, organiser=True)
    assert organiser[0].command == "santa drop Cemil Esther"


def test_a_drop_that_would_leave_too_few_is_not_suggested():
    game = Simulator("all late", NAMES[:4]).fill().start().run(until=Phase.DEAL, silent=("Annabel", "Bobby"))
    assert [s.command for s in steps(game.state, None, organiser=True)] == ["santa sync"]


def test_a_name_in_a_command_is_quoted_for_the_shell():
    game = Simulator("shell", ("Ann", "Bob; rm -rf ~", "Cem", "Dot")).fill().start()
    game.run(until=Phase.DEAL, silent=("Bob; rm -rf ~",))
    assert steps(game.state, None, organiser=True)[0].command == "santa drop 'Bob; rm -rf ~'"


def test_too_few_players_are_not_told_to_start():
    game = Simulator("few", ("Ann", "Bob")).fill()
    assert "1 more" in standing(game.state).sentence()
    assert "santa start" not in [s.command for s in steps(game.state, game.players["Ann"].key, organiser=True)]


def test_only_the_organiser_starts_where_it_says_so():
    game = Simulator("starts", NAMES, {"starters": "organiser"}).fill()
    assert "santa start" not in [s.command for s in steps(game.state, game.players["Bobby"].key, organiser=False)]
    assert "santa start" in [s.command for s in steps(game.state, None, organiser=True)]
