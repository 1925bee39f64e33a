"""The server takes something that was said out of the history."""

from __future__ import annotations

from sealed_santa.classic.game import Said
from sealed_santa.classic.lines import Say
from sealed_santa.game.state import Phase
from sealed_santa.lab import mixing, plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.trial import Seen, Trial, both, in_log, runs, tag, uncheated, written_anew

GIFT = {"sealed": "gift", "blind": "envelope"}


def _classic(cheat: bool) -> Seen:
    table = plain.Table().start()
    mine = table.game.gifts[30]
    for name in ("Ann", "Cem", "Dot"):
        table.say(name, "1")
    if not cheat:
        table.say("Bob", mine.id)
        return Seen(story=plain.in_words(table), won=bool(table.told("Bob", Say.CHOSEN_FOR_YOU)))
    lost = Said(table.ids["Bob"], mine.id)  # it came in, and the server lets it fall
    table.time_up()
    got = table.told("Bob", Say.CHOSEN_FOR_YOU)
    return Seen(
        story=f"Bob chooses “{mine.name}”. The server lets his line ({lost.line}) fall, waits until the time is over, "
        "and chooses for him.",
        victim=f"“chosen for you: {got[0] if got else '?'}”. Bob is told that he was late. He knows better and cannot "
        "show it.",
        won=bool(got) and mine.name not in got,
        why="There is no log. What was said and what was not is only what the server says about it, and no line is "
        "signed by anybody.",
    )


def _logged(mode: str, cheat: bool) -> Seen:
    game = stage.at_phase(mode, Phase.DELIVERED, **mixing.quick(mode))
    author = game.players["Bob"].key
    gone = next(
        seq for seq, e in enumerate(game.entries) if tag(e.post) == GIFT[mode] and e.post.body.by == author
    )
    after = [(e.at, e.post) for seq, e in enumerate(game.entries) if seq > gone or (seq == gone and not cheat)]
    dropped = game.entries[gone].post.hash
    untouched = list(game.entries)
    game.entries = written_anew(game.entries[:gone], after, game.server)
    won = dropped not in {e.post.hash for e in game.entries}
    if not cheat:
        return uncheated(game, won=won)
    torn = stage.finding([*untouched[:gone], *untouched[gone + 1 :]])
    return in_log(
        game,
        f"Bob's gift stands in the log as entry {gone}. The server takes it out, numbers all later entries anew, "
        "links them and signs them again; it has every post and its own key. Every single signature in the new log is "
        "right. It looks as if Bob had given nothing.",
        won=won,
        **{"entries signed anew": str(len(after)), "if nothing were signed anew": f"{torn.check}, {torn.code}"},
    )


TRIALS: dict[str, Trial] = {"classic": _classic, **both(_logged)}

ATTACK = Attack(
    id="entry-dropped",
    title="something that was said is taken out of the history",
    attacker="the server",
    lesson="""\
It is simple to notice that a page was torn out of a bound book. The entries of a log are bound as well: each holds
the hash of the one before it, and a hash changes with every bit (docs/protocol.md, section 3.2). Who takes a line
out of the file leaves a gap in the numbers and a link that leads nowhere: check A10.

But the server is the bookbinder. It can take an entry out and bind everything anew, with new numbers, links and
signatures. That would work if the players' posts were only pages. They are not: each post names the newest entry
that its author had seen, by its hash, and the author signed that (section 3.3). After binding anew all these hashes
are others, and the posts name entries that do not exist. The server cannot sign them again, as it does not have the
players' keys.

So the check that fails is A14, and it is proof: the server's signature stands under a log in which somebody has
seen what is not there. Only the very last entries, which nobody has seen yet, are bound by nothing but their
authors' own copies.""",
    weak="A plain hash chain protects against everybody but the one who writes it. Many “tamper-proof” logs are just "
    "that: proof against readers.",
    threat="T12",
    tests=(
        "tests/attacks/test_replay.py::test_an_entry_cannot_be_moved_or_left_out",
        "tests/attacks/test_fork.py::test_one_post_with_an_unknown_seen_is_a_sign_that_the_author_signed",
    ),
    cases=("entry-dropped_fail", "seen-of-a-fork_fail"),
    course="06-two-views-of-one-log",
    runs=runs(TRIALS),
)
