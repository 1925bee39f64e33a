"""A gift is missing, and its recipient shows that no box opens: with that everybody knows who its Santa is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.base.errors import SantaError
from sealed_santa.crypto.sealing import BoxSecret, open_box
from sealed_santa.game.envelopes import ZEROS, gift_info
from sealed_santa.game.state import Phase, Player
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, runs, twin
from sealed_santa.log.fields import Opened
from sealed_santa.log.posts import Dispute
from sealed_santa.roles import player

LATE: Final = "Dot"
_TESTS: Final = "tests/unit"


def _delivered(everybody: bool) -> Simulator:
    """Return a delivered game; if not everybody gives, the organiser closes the choosing before the last one has."""
    game = stage.at_phase("blind", Phase.CHOOSING, reveal_at=2**50, **mixing.quick("blind"))
    if not everybody:
        for name in game.players:
            if name != LATE:
                game.say(name, cheats.owes(game, name))
        game.organise(player.make_close(game.state, game.organiser.key))
    return game.run(Phase.DELIVERED)


def _opens(game: Simulator, reader: Player, secret: BoxSecret) -> bool:
    for box in cheats.blind_of(game).boxes:
        try:
            if not any(open_box(secret, box, gift_info(game.state, reader))[:ZEROS]):
                return True
        except SantaError:
            continue
    return False


def pairs_read(game: Simulator) -> tuple[str, ...]:
    """Return the pairs that anybody computes from keys in the log: no box opens, and one alone has not given."""
    state, blind = game.state, cheats.blind_of(game)
    late = [p.name for p in state.players if p.number not in blind.givers]
    found = []
    for entry in game.entries:
        body = entry.post.body
        reader = state.player(body.by) if isinstance(body, Dispute) else None
        if not isinstance(body, Dispute) or reader is None or body.gift_secret is None or len(late) != 1:
            continue
        if not _opens(game, reader, BoxSecret(bytes(body.gift_secret))):
            found.append(f"{late[0]} gives to {reader.name}")
    return tuple(found)


def _published(game: Simulator) -> tuple[str, str]:
    """Let whoever has no gift publish its key all the same; return what everybody reads then, and the verdict."""
    weak = twin(game)
    for name, secrets in weak.players.items():
        if not _opens(weak, cheats.seat(weak, name), secrets.gift):
            body = Dispute(
                **cheats.heads(weak, name), about="delivery", card_secret=None,
                gift_secret=Opened(secrets.gift.secret), reveal_secret=None,
            )  # fmt: skip
            weak.say(name, body)
    found = stage.finding(weak.entries)
    return "; ".join(pairs_read(weak)) or "nothing", f"{found.code}, {found.blame}"


def _blind(cheat: bool) -> Seen:
    game = _delivered(everybody=not cheat)
    weakly, verdict = _published(game) if cheat else ("", "")
    game.run()
    read = pairs_read(game)
    if not cheat:
        return Seen(story=f"{stage.in_words(stage.honest('blind'))}. Everybody finds a gift.", won=bool(read))
    keys = sum(isinstance(entry.post.body, Dispute) for entry in game.entries)
    return Seen(
        story=f"{LATE} is late with its gift, and the organiser closes the choosing without it. That is public. Now "
        "one player finds no box that opens. If it complained, as it does where everybody gave, everybody could try "
        f"its key on all boxes and see: no gift for it, so it is {LATE} who gives to it. Its client complains of "
        "nothing. It takes the house gift, and says that all is well.",
        victim=f"“you get from the house:  {game.state.create.house}  (your Santa did not choose; that was {LATE})”. "
        f"As only {LATE} did not give, it knows its Santa. Nobody else can tell whose Santa {LATE} is.",
        won=bool(read), refused=not read,
        figures={
            "keys published": str(keys), "pairs that everybody reads": "; ".join(read) or "none",
            "if the key were published": weakly, "what the rules say to that": verdict,
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="gift-missing-key-published",
    title="a gift is missing, and the complaint names the pair",
    attacker="the organiser, or a server that holds a gift back; and everybody who reads the log",
    lesson="""
In a blind game all boxes are opened in public, in an order that nobody knows, and each player tries its key on all of
them. If everybody gave, and no box opens for you, your Santa has cheated. You publish your gift key, everybody tries
it, and sees that you are right. The fault is that of "the Santa of" somebody, and it gets its name with the reveal.

If somebody did not give, that is different. Who gave is public. Let one be late: whoever then shows that no box opens
for it shows whose recipient it is. A late Santa, and a right complaint, and everybody knows a pair.
An organiser could make that happen by closing early, and a server by holding back a gift.

So a client that finds no box, where some gift was not in the mix, says nothing, and takes the house gift
(docs/protocol.md, section 11.7). The same post as from all others stands in the log. It knows its own Santa
then, if no other gift is missing: that cannot be kept from it, and it need not tell anybody. Who complains nonetheless
is told that there is no ground: the rules do not reward a client for giving a pair away.
""",
    weak="One rule for both cases: no box opens, so complain. It is simpler, and right in all games in which all give.",
    threat="T57",
    tests=(
        f"{_TESTS}/lab/attacks/test_c_list.py::test_a_complaint_where_a_gift_is_missing_would_name_a_pair_and_has_no_ground",
        f"{_TESTS}/game/test_envelopes.py::test_where_somebody_gave_nothing_a_bad_gift_is_suspected_and_none_is_the_house_s",
    ),
    cases=("blind-dispute-about-the-house-gift_fail",),
    course="08-what-no-mode-can-hide",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There are no keys, and the server tells everybody who its Santa was.",
        "sealed": "The house gift comes in an envelope like all others, so that nobody looks for a box in vain.",
    },
)
