"""Draw the pictures of the lessons from games that are played here, by the code itself: `python docs/lessons/draw.py`.

Seeds are fixed, so the pictures are the same whenever they are drawn; a test compares them with the files. Two show
what was measured: the fifth runs an attack of the lab, the eighth takes the table that stands in THREAT_MODEL.md.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

from sealed_santa.game.state import Phase
from sealed_santa.lab import dealing, runner, stage
from sealed_santa.lab.recorder import Moment, record
from sealed_santa.lab.trial import tag, twin
from sealed_santa.log.entry import Entry

HERE = Path(__file__).parent
INK, SOFT, GOOD, BAD, GOLD = "#24292f", "#8c959f", "#2d7d46", "#b3261e", "#b08800"
COLOURS = {
    "join": "#57606a", "start": "#1b7c83", "coin": GOLD, "key": "#8250df", "mix": "#0969da", "blinding": "#bf3989",
    "opening": "#bc4c00", "hand": GOOD, "envelope": BAD, "close": INK, "receipt": "#afb8c1",
}  # fmt: skip


class Picture:
    """An SVG that grows downwards, on white, so that it can be read in the dark, too."""

    def __init__(self, title: str, width: int = 720) -> None:
        self.title, self.width, self.height = title, width, 0
        self.parts: list[str] = []

    def _reach(self, y: float) -> None:
        self.height = max(self.height, int(y) + 14)

    def text(self, x: float, y: float, words: str, *, fill: str = INK, size: int = 13, anchor: str = "start") -> None:
        self._reach(y)
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" fill="{fill}" font-size="{size}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str = SOFT, dash: str = "") -> None:
        self._reach(max(y1, y2))
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{stroke}" stroke-width="1.5"{dashes}/>')

    def arrow(self, x1: float, x2: float, y: float, *, stroke: str = SOFT) -> None:
        self.line(x1, y, x2, y, stroke=stroke)
        back = -6 if x2 > x1 else 6
        self.parts.append(f'<path d="M{x2:g} {y:g}l{back} -4v8z" fill="{stroke}"/>')

    def rect(self, x: float, y: float, w: float, h: float, *, fill: str, stroke: str = "none") -> None:
        self._reach(y + h)
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" fill="{fill}" stroke="{stroke}"/>')

    def dot(self, x: float, y: float, r: float, fill: str) -> None:
        self._reach(y + r)
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="{fill}"/>')

    def svg(self) -> str:
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'font-family="sans-serif">\n<title>{escape(self.title)}</title>\n'
            f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>'
        )
        return "\n".join((head, *self.parts, "</svg>\n"))


def sniff() -> Picture:
    """What a tap reads of a classic game."""
    picture = Picture("A classic game on the wire")
    names = ("Ann", "Bob", "Cem")
    shown = ("#", "start user", "you give to", "you get", "your santa")
    picture.text(40, 24, "players")
    picture.text(360, 24, "the tap reads", fill=BAD, anchor="middle")
    picture.text(640, 24, "server")
    y = 30
    for packet in record("classic", "lesson 1", names).held[Moment.REVEALED].packets:
        words = (packet.plain or b"").decode().strip()
        if words.startswith(shown):
            y += 22
            picture.text(24, y + 4, names[packet.connection - 1])
            picture.arrow(*((70, 650) if packet.up else (650, 70)), y)
            picture.rect(250, y - 9, 220, 18, fill="#ffffff")
            picture.text(360, y + 4, words, fill=BAD, anchor="middle")
    return picture


def seal() -> Picture:
    """What a tap sees of a classic and of a sealed game: the size of all that crosses the wire."""
    picture = Picture("Bytes on the wire")
    names = ("Ann", "Bob", "Cem", "Dot")
    top = 24
    for mode, words in (("classic", "every one is a line to read"), ("sealed", "every one is a record of TLS")):
        packets = record(mode, "lesson 2", names).held[Moment.REVEALED].packets
        wide = 580 / (packets[-1].at - packets[0].at + 1)
        largest = max(packet.size for packet in packets)
        picture.text(24, top, f"{mode}: {len(packets)} packets, the largest of {largest} bytes; {words}")
        for row, name in enumerate(names):
            y = top + 50 + 46 * row
            picture.text(24, y + 4, name)
            picture.line(80, y, 700, y)
            for packet in packets:
                if packet.connection == row + 1:
                    tall = max(2.0, 20 * packet.size / largest)
                    x = round(90 + wide * (packet.at - packets[0].at), 1)
                    picture.rect(x, y - tall if packet.up else y, 2, round(tall, 1), fill=BAD if packet.plain else INK)
        top += 50 + 46 * len(names) + 10
    picture.text(24, top, "above the line: to the server; below: from it", fill=SOFT)
    return picture


def commit() -> Picture:
    """When each coin and deck is fixed, and when it is opened."""
    picture = Picture("Fixed first, opened later")
    entries = [entry for entry in stage.honest("sealed").entries if entry.seq <= 12]
    tags = [tag(entry.post) for entry in entries]
    names = {e.post.body.by: e.post.body.name for e in entries if tag(e.post) == "join"}
    wide = 600 / len(entries)
    for seq, kind in enumerate(tags):
        picture.text(100 + wide * seq, 24, kind, size=11, anchor="middle")
        picture.text(100 + wide * seq, 40, str(seq), size=11, fill=SOFT, anchor="middle")

    def span(y: float, who: str, fixed: int, opened: int, colour: str) -> None:
        picture.text(8, y + 4, who)
        picture.line(100 + wide * fixed, y, 100 + wide * opened, y, stroke=colour)
        picture.dot(100 + wide * fixed, y, 6, colour)
        picture.rect(94 + wide * opened, y - 6, 12, 12, fill="#ffffff", stroke=colour)

    for row, (key, name) in enumerate(names.items()):
        own = [(kind, seq) for seq, kind in enumerate(tags) if entries[seq].post.body.by == key]
        span(70 + 26 * row, f"{name}'s coin", dict(own)["join"], dict(own)["coin"], GOLD)
    bottom = 70 + 26 * len(names)
    span(bottom, "decks", tags.index("deck"), tags.index("deal"), GOOD)
    below = "disc: fixed; square: opened (a deck that is dealt is proven, not opened)"
    picture.text(100, bottom + 34, below, fill=SOFT)
    return picture


def derangement() -> Picture:
    """The decks of a real draw, up to the one that is dealt."""
    picture = Picture("Decks, and the first that is permitted")
    game = dealing.waiting(lambda game: not dealing.permitted(game)[0])
    good = dealing.permitted(game)
    names = [player.name for player in game.state.players]
    for t in range(good.index(True) + 1):
        left = 60 + 220 * t
        picture.text(left, 24, f"deck {t}: {'dealt' if good[t] else 'passed over'}", fill=GOOD if good[t] else BAD)
        pairs = dealing.drawn(game, t, dealing.deck(game, t)[0])
        for row, giver in enumerate(names):
            picture.text(left - 8, 78 + 36 * row, giver, anchor="end")
            picture.text(left + 18 + 36 * row, 50, giver, anchor="middle", size=11)
            for column, recipient in enumerate(names):
                x, y = left + 36 * column, 56 + 36 * row
                picture.rect(x, y, 36, 36, fill="#eaeef2" if row == column else "#ffffff", stroke=SOFT)
                if pairs[giver] == recipient:
                    picture.dot(x + 18, y + 18, 10, BAD if row == column else GOOD)
    below = "a row for each giver, a column for each recipient; grey: oneself. A dealer opens what it passes over."
    picture.text(20, 230, below, fill=SOFT)
    return picture


def shuffled() -> Picture:
    """What withheld coins are worth: measured, and expected."""
    picture = Picture("What a withheld coin is worth")
    outcome = runner.run("coin-withheld", "sealed").outcome
    figures = {} if outcome is None else outcome.figures
    chance = float(figures["p, Ann gives to Bob"].split()[0])
    picture.text(24, 24, "how often Ann draws Bob, whom the cheats want")
    for count, what in enumerate(("nobody withholds", "1 withheld", "2 withheld")):
        share = float(figures[what].split()[0])
        low, high = map(float, re.findall(r"([\d.]+) % to ([\d.]+) %", figures[what])[0])
        exact = re.search(r"exactly ([\d.]+) %", figures[what])
        expected, y = chance if exact is None else float(exact[1]), 50 + 46 * count
        picture.text(24, y + 18, f"{count} withheld")
        picture.rect(120, y, round(12 * share, 1), 26, fill=GOLD)
        picture.line(round(120 + 12 * low, 1), y + 13, round(120 + 12 * high, 1), y + 13, stroke=INK)
        picture.line(round(120 + 12 * expected, 1), y - 4, round(120 + 12 * expected, 1), y + 30, stroke=BAD)
        picture.text(round(130 + 12 * high, 1), y + 18, f"{share:g} %")
    below = "bar: measured, with its interval; red: expected. Each helper is dropped, and the audit says so."
    picture.text(24, 200, below, fill=SOFT)
    return picture


def views() -> Picture:
    """A log that its server has split."""
    picture = Picture("Two views of one log")
    ann = stage.at_phase("sealed", Phase.COINS)
    common, cem = len(ann.entries), twin(ann)
    cem.now += 1
    ann.run(silent=("Cem", "Dot"))
    cem.run(silent=("Ann", "Bob"))
    names = {secrets.key: name for name, secrets in ann.players.items()} | {ann.organiser.key: "organiser"}

    def box(x: float, y: float, entry: Entry, colour: str) -> None:
        post = entry.post
        picture.rect(x, y, 62, 44, fill="#ffffff", stroke=colour)
        picture.text(x + 31, y + 18, f"{entry.seq} {tag(post)}", size=11, anchor="middle")
        picture.text(x + 31, y + 34, names.get(post.body.by, "server"), size=11, fill=SOFT, anchor="middle")

    for seq, entry in enumerate(ann.entries[:common]):
        box(16 + 68 * seq, 80, entry, INK)
    turn = 16 + 68 * common
    for y, view, colour, who in ((30, ann, GOOD, "Ann and Bob see"), (130, cem, BAD, "Cem and Dot see")):
        picture.text(turn + 4, y - 8, who, fill=colour)
        picture.line(turn - 6, 102, turn + 4, y + 22, stroke=colour)
        for place, entry in enumerate(view.entries[common:]):
            box(turn + 4 + 68 * place, y, entry, colour)
        end = turn + 4 + 68 * len(view.entries[common:])
        picture.text(end + 4, y + 26, "waits", fill=colour)
    below = "the same numbers, other entries, all signed by the server; each branch lacks two coins"
    picture.text(16, 206, below, fill=SOFT)
    return picture


def blind() -> Picture:
    """Who posts what in a blind game."""
    picture = Picture("A blind game, post by post")
    entries = stage.honest("blind").entries[1:]
    names = {e.post.body.by: e.post.body.name for e in entries if tag(e.post) == "join"}
    rows = [*names.values(), "server"]
    for row, name in enumerate(rows):
        picture.text(16, 34 + 28 * row, name)
        picture.line(70, 30 + 28 * row, 706, 30 + 28 * row, stroke="#d0d7de")
    for place, entry in enumerate(entries):
        who = names.get(entry.post.body.by, "server")
        x = round(80 + 620 * place / len(entries), 1)
        picture.dot(x, 30 + 28 * rows.index(who), 5, COLOURS[tag(entry.post)])
    y = 40 + 28 * len(rows)
    for place, (kind, colour) in enumerate(COLOURS.items()):
        x, below = 30 + 130 * (place % 5), y + 20 * (place // 5 + 1)
        picture.dot(x, below - 4, 5, colour)
        picture.text(x + 12, below, kind, size=12)
    return picture


def hidden() -> Picture:
    """Who learns what after the deal, as it stands in THREAT_MODEL.md."""
    picture = Picture("Who learns what, after the deal")
    page = (HERE.parents[1] / "THREAT_MODEL.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in runner.table_in(page, runner.KNOWLEDGE).splitlines()[2:]]
    y, last = 20, ""
    for mode, who, _, dealt, *_ in rows:
        name = mode.split(",")[0]
        if name != last:
            picture.text(16, y + 10, name, size=14)
            y, last = y + 22, name
        share, chance = (int(number) for number in re.findall(r"(\d+) %", dealt))
        above = " > " in dealt
        picture.text(250, y + 12, who, anchor="end", size=12)
        picture.rect(260, y, 4 * share, 14, fill=BAD if above else GOOD)
        picture.line(260 + 4 * chance, y - 2, 260 + 4 * chance, y + 16, stroke=INK)
        picture.text(268 + 4 * max(share, chance), y + 12, f"{share} %", size=12)
        y += 20
    picture.text(16, y + 14, "bar: pairs of others guessed right; line: pure chance; red: more than chance", fill=SOFT)
    return picture


def pictures() -> dict[str, str]:
    """Return all pictures, by the name of their file."""
    drawn = {
        "01-sniff-the-classic-game": sniff, "02-seal-the-assignments": seal, "03-commit-and-reveal": commit,
        "04-prove-a-derangement": derangement, "05-who-shuffled": shuffled, "06-two-views-of-one-log": views,
        "07-take-the-server-out": blind, "08-what-no-mode-can-hide": hidden,
    }  # fmt: skip
    return {f"{name}.svg": draw().svg() for name, draw in drawn.items()}


if __name__ == "__main__":
    for file, text in pictures().items():
        (HERE / file).write_text(text, "utf-8")
