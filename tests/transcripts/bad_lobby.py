"""Bad transcripts: names, invites, the lock."""

from __future__ import annotations

from sealed_santa.game.state import Phase
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Invite
from sealed_santa.roles import player
from transcripts.cases import bad
from transcripts.forge import Forger, changed, game, joined

# --- names and invites -------------------------------------------------------------------------------


@bad("A16 name.empty 5")
def name_empty() -> bytes:
    """A player without a name."""
    return joined().smuggle_join(called="")


@bad("A16 name.too-long 5")
def name_too_long() -> bytes:
    """A name of 65 characters."""
    return joined().smuggle_join(called="E" * 65)


@bad("A16 name.character 5")
def name_with_direction_mark() -> bytes:
    """A name that turns the reading direction."""
    return joined().smuggle_join(called="E\u202ev\u202ce")


@bad("A16 name.character 5")
def name_with_control_character() -> bytes:
    """A name with the beginning of a terminal command."""
    return joined().smuggle_join(called="Eve\x1b[2J")


@bad("A16 name.blank 5")
def name_with_two_blanks() -> bytes:
    """A name that looks like another on most screens."""
    return joined().smuggle_join(called="Eve  Smith")


@bad("A16 name.mark-first 5")
def name_with_mark_first() -> bytes:
    """A name that begins with a combining accent, which would fall on what stands before it."""
    return joined().smuggle_join(called="\u0301Eve")


@bad("A16 name.not-nfc 5")
def name_not_nfc() -> bytes:
    """A name in another normal form: the same letters as another, other bytes."""
    return joined().smuggle_join(called="Zoe\u0308")


@bad("A16 join.name-taken 5")
def name_taken() -> bytes:
    """A second Ann."""
    return joined().smuggle_join(called="Ann")


@bad("A16 join.wish 5")
def wish_with_control_character() -> bytes:
    """A wish that rings the bell of a terminal."""
    return joined().smuggle_join(wish="tea\x07")


@bad("A17 join.full 5")
def join_of_a_full_game() -> bytes:
    """A fifth player in a game of at most four."""
    return game(Phase.JOINING, max_players=4).smuggle_join()


@bad("A17 join.invite-unknown 5")
def join_with_foreign_invite() -> bytes:
    """The join is countersigned with a good signature, by an invite that this game does not have."""
    made = joined()
    return made.smuggle_join(invite=Forger("a stranger").invite)


def invited(names: tuple[str, ...]) -> Forger:
    """Return a game with an invite each for these names; Ann has joined with hers."""
    keys = {name: Forger(f"corpus/invite/{name}").invite for name in names}
    made = Forger("corpus", (), {})
    invites = tuple(Invite(key=SignKey(k.public().raw), name=name) for name, k in keys.items())
    create = changed(made.state.create, invites=invites, catalogue=made.state.create.catalogue[:3])
    made.entries, made.current = [], None
    made.organise(create)
    made.invite = keys["Ann"]
    made.join("Ann")
    return made


@bad("A17 join.invite-name 2")
def join_with_the_invite_of_another() -> bytes:
    """Eve comes in with the invite for Bob."""
    made = invited(("Ann", "Bob"))
    made.invite = Forger("corpus/invite/Bob").invite
    return made.smuggle_join()


@bad("A17 join.invite-used 2")
def join_with_a_used_invite() -> bytes:
    """A second person comes with Ann's invite, under her name."""
    return invited(("Ann", "Bob")).smuggle_join(called="Ann")


# --- the lock ----------------------------------------------------------------------------------------


@bad("A18 start.not-allowed 5")
def start_by_a_player() -> bytes:
    """A player starts a game that only its organiser may start."""
    made = game(Phase.JOINING, starters="organiser")
    return made.smuggle("Ann", player.make_start(made.state, made.players["Ann"].key))


@bad("A18 start.too-few 3")
def start_with_two() -> bytes:
    """Two players: each would give to the other."""
    made = game(Phase.JOINING, names=("Ann", "Bob"))
    return made.smuggle("Ann", player.make_start(made.state, made.players["Ann"].key))


@bad("A18 start.roster-moved 6")
def start_of_another_roster() -> bytes:
    """Somebody left after the roster that the start names."""
    made = joined()
    body = player.make_start(made.state, made.players["Ann"].key)
    made.say("Dot", player.make_leave(made.state, made.players["Dot"].key))
    return made.smuggle("Ann", changed(body, seen=made.state.head))
