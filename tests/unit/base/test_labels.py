"""Labels: one a purpose, and the same on the page and in the code."""

from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path

from sealed_santa.base import labels
from sealed_santa.base.labels import VERSION, Label

ROOT = Path(labels.__file__).parents[3]
OWN = "KEY_"  # labels of secrets, which never leave their party


def test_labels_are_pairwise_different() -> None:
    assert len(set(Label.__members__.values())) == len(Label.__members__)  # an alias would be one member less


def test_labels_begin_with_the_version() -> None:
    for label in Label:
        assert re.fullmatch(re.escape(VERSION) + r"(/[a-z0-9-]+)+", label.value), label


def test_no_label_is_the_beginning_of_another_with_a_separator_left_out() -> None:
    """`pack` puts the length first, so prefixes are harmless; equal after removing signs would still confuse people."""
    plain = [re.sub(r"[^a-z0-9]", "", label.value) for label in Label]
    assert all(a != b for a, b in permutations(plain, 2))


def test_every_label_is_used() -> None:
    code = "".join(p.read_text("utf-8") for p in (ROOT / "src").rglob("*.py") if p.name != "labels.py")
    unused = [label.name for label in Label if f"Label.{label.name}" not in code]
    assert unused == []


def test_no_label_is_spelt_out_a_second_time() -> None:
    """Below net/, that is; there, file formats have names of the same kind, which are never hashed."""
    rooms = ("base", "crypto", "proofs", "log", "game", "audit", "roles", "wire", "lab")
    paths = [p for room in rooms for p in (ROOT / "src" / "sealed_santa" / room).rglob("*.py")]
    code = "".join(p.read_text("utf-8") for p in paths if p.name != "labels.py")
    assert [label.value for label in Label if f'"{label.value}"' in code] == []


def test_the_page_has_the_same_labels() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    rows = dict(re.findall(r"\| ([A-Z_]+) \| `([a-z/-]+)` ", page))
    for label in Label:
        if label.name.startswith(OWN) or label in (Label.PROOF_NONCE, Label.PROOF_WEIGHTS):
            continue
        assert rows.get(label.name) == label.value.removeprefix(VERSION + "/"), label.name
