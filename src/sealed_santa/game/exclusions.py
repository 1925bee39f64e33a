"""Who must not give to whom: written by people as names, resolved to numbers (docs/protocol.md, section 2.10).

Exclusions are frozen in `create` and name people, as nobody has a number yet. When the roster is
locked, `resolve` makes E of them: the list of forbidden (giver, recipient) pairs whose order the
exclusion argument follows. So `resolve` and `check_exclusions` are normative to the byte; the rest reads
what organisers type. Whether E leaves a permitted draw, and how likely, is the matter of odds.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sealed_santa.base.errors import YOU, ParseError, UsageError
from sealed_santa.base.names import normalise_name, parse_name

MAX_RULES: Final = 5000  # groups and pairs together

# A name, in double quotes if it holds one of the signs of a rule; a sign; a comment after a blank.
_TOKEN: Final = re.compile(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<sign>[,>])|(?P<bare>[^",>\s][^",>]*))')


class NamedRules(Protocol):
    """What `resolve` needs: the parsed `Exclusions` below, or the record of a `create` post."""

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Couples and households."""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(giver, recipient)."""


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Nobody gives inside a group (couple, household); a pair forbids giver -> recipient, one way only."""

    groups: tuple[tuple[str, ...], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


NO_EXCLUSIONS: Final = Exclusions()


def check_exclusions(groups: Iterable[Sequence[str]], pairs: Iterable[Sequence[str]]) -> Exclusions:
    """Parse exclusions as they stand in a `create` post.

    Raises:
        ParseError: a name's own code; `exclusions.too-many`; `exclusions.group` (fewer than two people, or one
            twice); `exclusions.pair` (not two different people).
    """
    checked = Exclusions(
        tuple(tuple(parse_name(name) for name in group) for group in groups),
        tuple(_pair(pair) for pair in pairs),
    )
    if len(checked.groups) + len(checked.pairs) > MAX_RULES:
        raise ParseError("exclusions.too-many", f"more than {MAX_RULES} groups and pairs")
    for group in checked.groups:
        if len(group) < 2:
            raise ParseError("exclusions.group", "a group has fewer than two people")
        if len(set(group)) != len(group):
            raise ParseError("exclusions.group", f"a group names {_repeated(group)} twice")
    return checked


def _pair(names: Sequence[str]) -> tuple[str, str]:
    if len(names) != 2 or names[0] == names[1]:
        raise ParseError("exclusions.pair", "a pair is not two different people")
    return parse_name(names[0]), parse_name(names[1])


def _repeated(names: Sequence[str]) -> str:
    seen: set[str] = set()
    return next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def resolve(exclusions: NamedRules, names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return E for the roster: every forbidden (giver, recipient), ascending by giver, then recipient.

    names are the players in joining order; the first has number 1. E holds every (i, i), both directions of every
    two players of a group, and every pair as it is, each once. Names that no player has are passed over.
    """
    number = {name: i for i, name in enumerate(names, 1)}
    barred = {i: 1 << i for i in number.values()}  # bit j: i must not give to j; large groups cost no square of pairs
    for group in exclusions.groups:
        members = [number[name] for name in group if name in number]
        together = 0
        for i in members:
            together |= 1 << i
        for i in members:
            barred[i] |= together
    for giver, recipient in exclusions.pairs:
        if giver in number and recipient in number:
            barred[number[giver]] |= 1 << number[recipient]
    return tuple((i, j) for i in sorted(barred) for j, bit in enumerate(reversed(f"{barred[i]:b}")) if bit == "1")


def unknown_names(exclusions: NamedRules, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names in the exclusions that nobody has, in order of appearance: late comers, or slips of the pen."""
    known = set(names)
    mentioned = [name for rule in (*exclusions.groups, *exclusions.pairs) for name in rule]
    return tuple(name for name in dict.fromkeys(mentioned) if name not in known)


def last_year_pairs(pairs: Iterable[tuple[str, str]]) -> Exclusions:
    """Return the exclusions that keep these (giver, recipient) from coming again."""
    return Exclusions(pairs=tuple(dict.fromkeys(pairs)))


def merge(*parts: Exclusions) -> Exclusions:
    """Return the exclusions of all parts, each rule once."""
    return Exclusions(
        tuple(dict.fromkeys(group for part in parts for group in part.groups)),
        tuple(dict.fromkeys(pair for part in parts for pair in part.pairs)),
    )


# --- what organisers type -----------------------------------------------------------------------


def parse_exclusion_option(text: str) -> tuple[str, ...]:
    """Parse one `--exclude`: two or more names with commas between, a couple or household.

    A name that holds a comma or > stands in double quotes.

    Raises:
        UsageError: `exclusions.syntax` or `exclusions.name`.
    """
    givers, recipients = _parse_rule(text, "--exclude")
    if recipients:
        raise _refusal("exclusions.syntax", "--exclude takes no >; a file of exclusions does")
    return givers


def parse_exclusion_file(text: str) -> Exclusions:
    """Parse a file of exclusions, one rule a line.

    `Ann, Bob` forbids both directions, for any number of people; `Ann > Bob, Cy` only that Ann gives to Bob or to
    Cy. A # at the start of a line or after a blank, outside quotes, begins a comment.

    Raises:
        UsageError: `exclusions.syntax`, `exclusions.name` or `exclusions.too-many`; the first two with the line.
    """
    groups: list[tuple[str, ...]] = []
    pairs: list[tuple[str, str]] = []
    for k, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        rule = _without_comment(line)
        if not rule.strip():
            continue
        givers, recipients = _parse_rule(rule, f"line {k}")
        if recipients:
            pairs += [(givers[0], recipient) for recipient in recipients]
        else:
            groups.append(givers)
    if len(groups) + len(pairs) > MAX_RULES:
        raise _refusal("exclusions.too-many", f"more than {MAX_RULES} groups and pairs")
    return merge(Exclusions(tuple(groups), tuple(pairs)))


def _without_comment(line: str) -> str:
    quoted = False
    for k, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == "#" and not quoted and (k == 0 or line[k - 1].isspace()):
            return line[:k]
    return line


def _refusal(code: str, message: str) -> UsageError:
    return UsageError(code, message, blame=YOU, hint="write: Ann, Bob (a couple or household) or: Ann > Bob (one way)")


def _parse_rule(text: str, where: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (group, ()) or ((giver,), recipients)."""
    names, signs = _tokens(text, where)
    if len(names) < 2:
        raise _refusal("exclusions.syntax", f"{where}: a rule needs two names")
    if len(set(names)) != len(names):
        raise _refusal("exclusions.syntax", f"{where}: {_repeated(names)} stands there twice")
    if ">" not in signs:
        return tuple(names), ()
    if signs[0] != ">" or signs.count(">") > 1:
        raise _refusal("exclusions.syntax", f"{where}: exactly one name stands before the only >")
    return (names[0],), tuple(names[1:])


def _tokens(text: str, where: str) -> tuple[list[str], list[str]]:
    """Return the names and the signs between them, of which there is one fewer."""
    names: list[str] = []
    signs: list[str] = []
    at, text = 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _refusal("exclusions.syntax", f"{where}: a double quote is not closed")
        at = match.end()
        if match["sign"]:
            signs.append(match["sign"])
        else:
            names.append(_name(match["quoted"] or match["bare"] or "", where))
        if len(names) != len(signs) + (0 if match["sign"] else 1):
            raise _refusal("exclusions.syntax", f"{where}: names and signs (, or >) do not alternate")
    if len(names) != len(signs) + 1:
        raise _refusal("exclusions.syntax", f"{where}: a name is missing at the end")
    return names, signs


def _name(text: str, where: str) -> str:
    try:
        return parse_name(normalise_name(text))
    except ParseError as e:
        raise _refusal("exclusions.name", f"{where}: {e.message}") from e
