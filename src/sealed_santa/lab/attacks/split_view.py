"""The server shows one history to some, and another to the rest."""

from __future__ import annotations

from sealed_santa.audit.compare import Relation, fork
from sealed_santa.base.errors import SantaError
from sealed_santa.classic.lines import Say
from sealed_santa.game.state import Phase
from sealed_santa.lab import mixing, plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, both, runs, said, twin
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.roles import dealer
from sealed_santa.roles.secrets import DealerSecrets

LEFT, RIGHT = ("Ann", "Bob"), ("Cem", "Dot")
ROUNDS = 100


def _classic(cheat: bool) -> Seen:
    table = plain.Table().start()
    true = {to: giver for giver, to in table.pairs().items()}

    def lie(who: str, line: str) -> str:
        return "your santa was: Dot" if line.startswith("your santa was") and who in ("Ann", "Bob") else line

    if cheat:
        table.to_client = lie
    table.choose()
    told = {name: table.told(name, Say.SANTA)[0] for name in table.ids}
    if not cheat:
        return Seen(story=plain.in_words(table), won=told != true)
    return Seen(
        story="At the end the server tells both Ann and Bob that Dot was their Santa. Each of them could believe it.",
        victim=f"Ann reads “your santa was: {told['Ann']}”, Bob reads “your santa was: {told['Bob']}”. If they talk "
        "they wonder, but neither can show what the server said.",
        won=told["Ann"] == told["Bob"],
        why="The server says to each what it likes, and signs nothing. Two people who were told different things have "
        "two stories, and no proof.",
    )


def _carry(post: SignedPost, there: Simulator) -> str:
    try:
        there.order(post)
    except SantaError as e:
        return e.code
    return ""


def _play(left: Simulator, right: Simulator) -> list[str]:
    """Let everybody act on the branch that it is shown, and carry all posts over; return why they were refused."""
    refused = []
    sides = ((left, right, LEFT), (right, left, RIGHT))
    for _ in range(ROUNDS):
        moved = False
        for here, _, _ in sides:
            for body in dealer.duties(here.state, here.dealer, here.now, here.entropy, here.memo):
                here.deal_with(body)
                moved = True
        for here, there, mine in sides:
            for name in mine:
                for body in here.owed(name).posts:
                    post = sign_post(body, here.players[name].signing)
                    here.order(post)
                    moved = True
                    if there is not here:
                        refused.append(_carry(post, there))
        if not moved:
            break
    return [code for code in refused if code]


def _logged(mode: str, cheat: bool) -> Seen:
    left = stage.seated(mode, **mixing.quick(mode))
    right = left
    if cheat:
        right = twin(left)
        right.now += 1  # the first entry differs, be it only in its time
        if mode == "sealed":
            right.dealer = DealerSecrets(b"decks for Cem and Dot".ljust(32), right.server)
    refused = _play(left, right)
    anns, cems = left.transcript(), right.transcript()
    found = fork(anns, cems)
    over = left.state.phase is right.state.phase is Phase.OVER
    if not cheat:
        clean = found.relation is Relation.SAME and over
        story = f"{len(left.entries)} entries, the game is {left.state.phase.value}; Ann and Cem have the same copy"
        return Seen(story=story, won=not clean)
    if not found.findings or not refused:
        raise stage.unshown("the two branches agree")
    first = found.findings[0]
    return Seen(
        story="From the draw on the server keeps two logs, one for Ann and Bob, one for Cem and Dot, and carries "
        f"every post over to the other branch as far as it fits there. {len(refused)} posts do not: their authors "
        f"name an entry that the other branch does not have [{', '.join(sorted(set(refused)))}]. Both branches wait "
        f"for ever, in the phase {left.state.phase.value}. Then Ann and Cem compare their copies.",
        victim=f"A game that does not go on. After comparing: {first.message}.",
        won=over, harm=not over,  # nobody gets a gift
        **said(first),
        figures={
            "entries in common": str(found.common), "evidence": f"{len(found.evidence)} signed entries",
            "why posts of one branch are refused in the other": ", ".join(sorted(set(refused))),
        },
    )  # fmt: skip


TRIALS: dict[str, Trial] = {"classic": _classic, **both(_logged)}

ATTACK = Attack(
    id="split-view",
    title="the server shows two histories",
    attacker="the server",
    lesson="""\
A log that everybody can check is worth little if everybody is shown another one. Each copy may be perfect, every
signature right, every proof true. And yet Ann and Cem have not played the same game.

Two things stand against that. First, every post names the newest entry that its author had seen (docs/protocol.md,
section 3.3). After a fork a post from one branch does not fit into the other, as it names an entry that is not
there. So each step that needs everybody, the coins above all, is stuck in both branches. Such logs are called
fork-consistent: a server can split the history, but it can never join the parts again.

Second, the server signs every entry. Two different entries with one number, both signed, are a confession. Anybody
can check it without knowing anything else. Comparing two copies (section 10.5, checks A60 and A61) finds it;
comparing the hash of the last entry, over the phone, is enough to know that there is something to find.""",
    weak="Without “seen” a server can carry everybody's coins into both branches and finish both, with other decks in "
    "each. Then some are given to twice and others not at all, and each copy of the log is in order.",
    threat="T10",
    tests=(
        "tests/attacks/test_fork.py::test_without_seen_both_branches_are_drawn",
        "tests/attacks/test_fork.py::test_after_a_fork_neither_branch_can_finish",
        "tests/attacks/test_fork.py::test_two_copies_are_proof",
    ),
    cases=("copies-of-a-forked-log_fail", "copies-that-differ-at-the-very-end_fail", "seen-of-a-fork_fail"),
    course="06-two-views-of-one-log",
    runs=runs(TRIALS),
)
