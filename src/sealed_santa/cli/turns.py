"""The commands of people who look in: status, sync, start, leave; and of the organiser: drop, close, reveal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import YOU, SantaError, UsageError
from sealed_santa.cli.chronicle import exclusions_told, parcel_told, santa_told
from sealed_santa.cli.endings import ENDS, ends_without, while_giving
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import and_list, show_span
from sealed_santa.cli.participant import Participant
from sealed_santa.cli.seats import Place, Seat, passphrase_for, place_options, read_copy, the_home
from sealed_santa.cli.setup import EVERYBODY_KNOWS, NOBODY_LOST, forecast
from sealed_santa.cli.standing import LEAVING, dealt, given, not_in, time_ends, trustee_names
from sealed_santa.cli.ui import Screen
from sealed_santa.cli.visiting import Visit, finish, json_option, organiser_seat, player_seat, show_standing, visit
from sealed_santa.crypto.words import safety_words
from sealed_santa.game.stages import present
from sealed_santa.game.state import Phase, State
from sealed_santa.log.posts import BlindTerms, Post
from sealed_santa.net.clock import wall_clock
from sealed_santa.net.identity import SEED_FILE, Keepsake, read_keepsake
from sealed_santa.net.keyfile import read_seed
from sealed_santa.net.party import PlayerParty, keepsake_of
from sealed_santa.roles.player import make_call, make_close, make_drop, make_leave, make_start
from sealed_santa.roles.secrets import PlayerSecrets

_confirm = click.option("--confirm", is_flag=True, help="This restored or copied identity is the newest and only one.")


# --- looking in -------------------------------------------------------------------------------------


@click.command(cls=SantaCommand)
@json_option
@click.option("--recipient", is_flag=True, help="Show your recipient, and nothing else.")
@click.option("--parcel", is_flag=True, help="Show what you got, and who your Santa was if that is known.")
@place_options
def status(
    screen: Screen, place: Place, passphrase_file: str | None, recipient: bool, parcel: bool, as_json: bool
) -> None:
    """Say where the game stands, from your own copy of its log. It goes to no server: `santa sync` does."""
    with screen.working("reading the log"):
        state = read_copy(place.any.folder)
    if state is None:
        screen.answer("nothing has been fetched yet")
        screen.next_step(f"santa sync{place.flag}", "fetch the log")
        return
    if recipient or parcel:
        seat = player_seat(place)
        known = _known(screen, seat, state, passphrase_file)
        if recipient:
            if state.blind is not None and state.blind.deals and not dealt(state) and not state.over:
                message = "the cards are being dealt again, as somebody has left"
                raise UsageError("recipient.unknown", message, blame=YOU, hint="santa status")
            _show_recipient(screen, state, known)
        else:
            _show_parcel(screen, state, known)
        return
    create = state.create
    screen.answer(f"{create.title}  ({create.mode} mode, reveal {create.reveal})", style="head")
    if place.player is not None:
        screen.answer(f"you are {place.player.profile.name}" + (", and the organiser" if place.organiser else ""))
    else:
        screen.answer("you are the organiser")
    screen.answer(f"players: {and_list((p.name for p in present(state)), 100)}")
    screen.answer(*exclusions_told(create.exclusions))
    _show_trustees(screen, state)
    for round_ in state.rounds:
        why = f"{and_list(round_.dropped)} dropped" if round_.dropped else "all decks held a forbidden pair"
        screen.answer(f"draw {round_.number} was void: {why}")
    if state.words is not None:
        screen.answer(f"safety words of round {state.round}:  {' '.join(state.words)}", style="name")
    head = " ".join(safety_words(state.head))
    entries = "1 entry" if len(state.chain) == 1 else f"{len(state.chain)} entries"
    screen.answer(f"log: {entries} at your last sync; words of the newest:  {head}", style="dim")
    for fault in state.faults:
        screen.answer(f"wrong: {fault.message}; to blame: {fault.blame}", style="bad")
    # by its name, which is unique, so that no passphrase is needed to look
    me = None if place.player is None else state.named(place.player.profile.name)
    show_standing(screen, state, None if me is None else me.key, place)


def _show_trustees(screen: Screen, state: State) -> None:
    """Say who works on a blind game, how many of them are needed, and who has left it."""
    if not state.mode.dealer:
        screen.answer(f"the pairs are known to: {_who_knows(state)}", style="dim")
    if (blind := state.blind) is None:
        return
    if gone := [p.name for p in state.players if p.number in blind.gone]:
        screen.answer(f"left after the deal: {and_list(gone, 100)}")
    active = trustee_names(state, blind.active())
    if active and not state.over:
        screen.answer(f"trustees: {and_list(active)}; every step needs {blind.threshold} of them", style="dim")


def _who_knows(state: State) -> str:
    """Say who knows the pairs of a blind game."""
    blind = state.blind
    if blind is None or not blind.trustees:
        return state.mode.knows_pairs
    if blind.pairs:
        return "everybody, since the reveal"
    holders = len(blind.qualified() if blind.keys_seq else blind.trustees)
    return f"nobody, unless {blind.threshold} of the {holders} trustees collude"


def _known(screen: Screen, seat: Seat, state: State, passphrase_file: str | None) -> Keepsake:
    """Return what a player has learned: by its seed, or what was kept when that was deleted."""
    kept = read_keepsake(seat.folder)
    if kept is not None:
        return kept
    seed = read_seed(seat.folder / SEED_FILE, passphrase_for(screen, seat.folder, passphrase_file))
    return keepsake_of(PlayerParty(PlayerSecrets(seed, state.game)), state)


def _show_recipient(screen: Screen, state: State, known: Keepsake) -> None:
    if known.recipient is None:
        raise UsageError("recipient.unknown", "nothing has been dealt to you yet", blame=YOU, hint="santa status")
    player = state.named(known.recipient)
    wish = "" if player is None else player.wish
    screen.event("recipient", name=known.recipient, wish=wish)
    screen.answer(f"you give to:  {known.recipient}", style="name")
    if wish:
        screen.answer(f"wishes: {wish}")


def _show_parcel(screen: Screen, state: State, known: Keepsake) -> None:
    if not known.delivered:
        raise UsageError("parcel.unknown", "nothing has been delivered to you yet", blame=YOU, hint="santa status")
    screen.tell(parcel_told(state, known.gift, known.note))
    for further in known.more:
        screen.tell(parcel_told(state, further.gift, further.note))
    if known.santa is not None:
        screen.tell(santa_told(known.santa))


@click.command(cls=SantaCommand)
@_confirm
@click.option(
    "--publish-gift-key", is_flag=True, help="Show everybody that your envelope is wrong; the note becomes public, too."
)
@json_option
@place_options
def sync(
    screen: Screen, place: Place, passphrase_file: str | None, confirm: bool, publish_gift_key: bool, as_json: bool
) -> int:
    """Fetch what is new, do whatever is owed, and say what is waited for."""
    found = visit(screen, place, place.any, passphrase_file, confirm=confirm, publish_gift_key=publish_gift_key)
    return finish(found)


@click.command(cls=SantaCommand)
@json_option
@place_options
def start(screen: Screen, place: Place, passphrase_file: str | None, as_json: bool) -> None:
    """Say "start user distribution": the roster is locked, and the draw begins."""
    seat = place.any

    def want(participant: Participant) -> Callable[[State], Post]:
        def make(state: State) -> Post:
            _before_start(screen, state)
            return make_start(state, participant.party.key)

        return make

    if place.player is not None and place.organiser is not None:
        copy = read_copy(place.player.folder)
        seated = copy is not None and copy.named(place.player.profile.name) is not None
        only_organiser = copy is not None and copy.create.starters == "organiser"
        seat = place.player if seated and not only_organiser else place.organiser
    finish(visit(screen, place, seat, passphrase_file, want))


def _before_start(screen: Screen, state: State) -> None:
    names = [p.name for p in state.players]
    if state.phase is Phase.JOINING and len(names) >= state.create.min_players:
        blind = state.create.blind if isinstance(state.create.blind, BlindTerms) else None
        cast = forecast(names, state.create.exclusions, state.create.deck_limit, blind)
        screen.say(cast.deals(), *cast.work())
        if absent := not_in(state):
            screen.warn(f"invited by name, and not in: {and_list(absent)}; after the start nobody can come in")
        if len(names) == 3:
            screen.warn(EVERYBODY_KNOWS)
            if blind is not None:
                screen.warn(NOBODY_LOST)


@click.command(cls=SantaCommand)
@click.option("--yes", is_flag=True, help="Also after the deal of a blind game: you know what it means.")
@click.option("--end-the-game", "end", is_flag=True, help="Also if a blind game cannot go on without you.")
@json_option
@place_options
def leave(screen: Screen, place: Place, passphrase_file: str | None, yes: bool, end: bool, as_json: bool) -> None:
    """Leave the game before the start, and of a blind one also after the deal, until the gifts are shuffled.

    Before the start your name, and an invite of your own, can be used again. After the deal of a blind game who had
    you gets your recipient instead, and nobody learns who that is. You give nothing and get nothing, and cannot come
    back.
    If the game cannot go on without you, it ends for everybody: then --yes is not enough.
    """
    seat = player_seat(place)
    copy = read_copy(seat.folder)
    name = seat.profile.name
    if copy is not None and copy.over:
        raise UsageError("turn.wrong", "the game is over; there is nothing to leave", blame=YOU, hint="santa games")
    # the own copy may be of last week: also before the deal it may have come to that by now
    late = copy is not None and copy.phase in (Phase.DELIVERED, Phase.REVEALING)
    if copy is not None and copy.blind is not None and not late and not end:
        if why := ends_without(copy, name):
            screen.say(f"{ENDS}: {why}")
            end = screen.ask("type end the game to go:", "--end-the-game").casefold() == "end the game"
            yes = yes or end
        elif not yes:
            screen.say(*LEAVING)
            if len(present(copy)) == 4:
                screen.warn(f"three are left then: {EVERYBODY_KNOWS}")
                screen.warn(NOBODY_LOST)
            yes = screen.ask("type leave to go:", "--yes").casefold() == "leave"

    def want(participant: Participant) -> Callable[[State], Post]:
        def make(state: State) -> Post:
            if not end and (why := ends_without(state, name)):
                message = f"nobody has left: {ENDS}: {why}"
                raise UsageError("leave.ends-game", message, blame=YOU, hint="add --end-the-game")
            if while_giving(state) and not (yes or end):
                raise UsageError("leave.unconfirmed", f"nobody has left: {LEAVING[0]}", blame=YOU, hint="add --yes")
            return make_leave(state, participant.party.key)

        return make

    def last(found: Visit) -> None:
        if found.state.blind is not None:
            found.participant.identity.retire(Keepsake(key=found.participant.party.key))

    found = visit(screen, place, seat, passphrase_file, want, last=last)
    if found.state.blind is not None:
        screen.event("gone", game=b64(seat.profile.game), name=seat.profile.name)
        screen.answer(f"{seat.profile.name} has left {seat.title!r}; the keys of this game are deleted here")
        screen.next_step(f"santa sync{place.flag}", "look on")
        return
    the_home().forget(seat.folder)
    screen.event("gone", game=b64(seat.profile.game), name=seat.profile.name)
    screen.answer(f"{seat.profile.name} has left {seat.title!r}; the keys of this game are deleted here")
    screen.next_step("santa join INVITE --name NAME", "come in again")


# --- the organiser ----------------------------------------------------------------------------------


@click.command(cls=SantaCommand)
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--yes", is_flag=True, help="Also after the deal of a blind game: you know what it costs.")
@json_option
@place_options
def drop(
    screen: Screen, place: Place, passphrase_file: str | None, names: tuple[str, ...], yes: bool, as_json: bool
) -> None:
    """Drop players whose coin is late, or in a blind game one whose gift is.

    Without a coin: the cards are then dealt anew among the rest, visibly in the log.

    In a blind game also one player who has not given, after the deal: who had that player gets its recipient
    instead. Any player may say so, once the deadline of the choosing is over.
    """

    seat = _who_drops(place)
    copy = read_copy(seat.folder)
    if not yes and copy is not None and (costs := _costs(copy, names)):
        screen.say(*costs)
        yes = screen.ask("type yes to drop:", "--yes").casefold() == "yes"

    def want(participant: Participant) -> Callable[[State], Post]:
        def make(state: State) -> Post:
            if not yes and (costs := _costs(state, names)):
                raise UsageError("drop.unconfirmed", f"nobody was dropped: {costs[0]}", blame=YOU, hint="add --yes")
            return make_drop(state, participant.party.key, tuple(_named(state, n) for n in names))

        return make

    try:
        found = visit(screen, place, seat, passphrase_file, want)
    except SantaError as e:
        if e.code == "author.wrong":
            e.hint = "before the deal only the organiser drops players"
        if e.code == "drop.players" and place.organiser is not None:
            e.hint = "drop one player at a time, who has not given; santa status says who that is"
        if e.code == "drop.too-early":
            e.hint = _time_left(seat) or e.hint
        raise
    finish(found)


def _costs(state: State, names: tuple[str, ...]) -> tuple[str, ...]:
    """Say what it costs to drop somebody after the deal; nothing for what the rules refuse anyway."""
    player = state.named(names[0]) if len(names) == 1 else None
    if player is None or player not in present(state) or not while_giving(state):
        return ()
    if player.number in given(state) or ends_without(state, player.name):
        return ()
    count = len(given(state))
    gifts = {0: "no gift is in yet", 1: "the gift that is in becomes void"}.get(count, f"all {count} gifts become void")
    other = "santa close would let the house give" if state.phase is Phase.CHOOSING else "otherwise the house gives"
    return (f"{gifts}, and everybody who is left is asked for a gift again", f"{other} for {player.name}")


def _who_drops(place: Place) -> Seat:
    """Return the organiser's seat; without one, the player's in a blind game, where players can say so, too."""
    if place.organiser is None and place.player is not None:
        copy = read_copy(place.player.folder)
        if copy is not None and not copy.mode.dealer:
            return place.player
    return organiser_seat(place)


def _named(state: State, name: str) -> Any:
    player = state.named(name)
    if player is None:
        raise UsageError(
            "drop.unknown-name", f"there is no player {name!r}", blame=YOU,
            hint=f"players: {and_list((p.name for p in state.players), 30)}",
        )  # fmt: skip
    return player


def _time_left(seat: Seat) -> str:
    state = read_copy(seat.folder)
    if state is None or (end := time_ends(state)) is None:
        return ""
    left = end - wall_clock()
    return f"they still have {show_span(max(left, 1000))}; try again then"


@click.command(cls=SantaCommand)
@json_option
@place_options
def close(screen: Screen, place: Place, passphrase_file: str | None, as_json: bool) -> None:
    """Close the choosing without waiting for the rest: the house gives for who has not chosen.

    In a blind game also the making of the joint key, or a shuffling: it goes on without the trustees who are late.
    """
    seat = organiser_seat(place)
    finish(visit(screen, place, seat, passphrase_file, lambda p: lambda state: make_close(state, p.party.key)))


@click.command(cls=SantaCommand)
@json_option
@place_options
def reveal(screen: Screen, place: Place, passphrase_file: str | None, as_json: bool) -> None:
    """Call the reveal without waiting any longer; in a game without a reveal, end it."""
    seat = organiser_seat(place)
    finish(visit(screen, place, seat, passphrase_file, lambda p: lambda state: make_call(state, p.party.key)))

