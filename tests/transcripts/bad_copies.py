"""Two copies of a log, each of which may be right alone."""

from __future__ import annotations

from sealed_santa.game.state import Phase
from transcripts.cases import copies
from transcripts.forge import game, lines

SO_FAR = "verified so far"


@copies("forked", 1, "copy.fork", 7, SO_FAR)
def copies_of_a_forked_log() -> tuple[bytes, bytes]:
    """The server shows one half of the players other coins than the other half: two entries 7, both signed."""
    one, other = game(Phase.COINS), game(Phase.COINS)
    return one.say_what_is_owed("Ann", "Bob").transcript(), other.say_what_is_owed("Cem", "Dot").transcript()


@copies("forked", 1, "copy.fork", 26, "verified")
def copies_that_differ_at_the_very_end() -> tuple[bytes, bytes]:
    """The server dates the reveal differently for two people; nobody says anything after it that would show it."""
    one, other = game(Phase.DELIVERED), game(Phase.DELIVERED)
    one.say_what_is_owed("Ann", "Bob", "Cem", "Dot")
    other.entries, other.current = list(one.entries), one.current
    other.now = one.now + 60_000
    return one.run().transcript(), other.run().transcript()


@copies("ends earlier", 1, "copy.rollback", 9, SO_FAR)
def copies_of_a_log_that_went_back() -> tuple[bytes, bytes]:
    """A later copy has fewer entries than an older one: the server was put back, and what was said since is gone."""
    made = game(Phase.COINS).say_what_is_owed("Ann", "Bob", "Cem")
    data = made.transcript()
    return data, b"".join(lines(data)[:9])


@copies("different, without proof", 3, "copy.differs", 8, SO_FAR)
def copies_of_which_one_was_changed() -> tuple[bytes, bytes]:
    """One copy was changed by whoever had it: its entry is not signed by the server, so it proves nothing."""
    made = game(Phase.COINS).say_what_is_owed("Ann", "Bob", "Cem")
    line = lines(made.transcript())
    at = line[8].index(b'"sig":"', line[8].index(b'"seq"')) + 10
    changed = line[8][:at] + (b"B" if line[8][at : at + 1] == b"A" else b"A") + line[8][at + 1 :]
    return made.transcript(), b"".join([*line[:8], changed, *line[9:]])


@copies("of another game", 3, "copy.other-game", 0, SO_FAR)
def copies_of_two_games() -> tuple[bytes, bytes]:
    """The two copies are of different games, and say nothing about each other."""
    one = game(Phase.JOINING)
    other = game(Phase.JOINING, seed="another")
    return one.transcript(), other.transcript()
