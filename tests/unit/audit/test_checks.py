"""The list of checks: complete, without overlap, and about sections that exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import sealed_santa
from sealed_santa.audit.checks import BY_CODE, CHECKS, COPY_CHECKS, OWN_CHECKS, checks_of, topics_of
from sealed_santa.audit.checks_blind import BLIND_CHECKS, BLIND_OWN_CHECKS
from sealed_santa.game.rules import TABLES
from sealed_santa.lab.simulator import played

SOURCE = Path(sealed_santa.__file__).parent
# Every module whose errors a line of a transcript can cause.
JUDGES = (
    "base/canon.py", "base/names.py", "crypto/elgamal.py", "crypto/group.py", "crypto/sealing.py", "crypto/sharing.py",
    "crypto/signing.py", "game/boxes.py", "game/draw.py", "game/envelopes.py", "game/giving.py", "game/lobby.py",
    "game/mixing.py", "game/replay.py", "game/rules.py", "game/stages.py", "game/trustees.py", "game/verdicts.py",
    "log/archive.py", "log/chain.py", "log/entry.py", "log/fields.py", "log/posts.py",
    "proofs/equations.py", "proofs/linear/verify.py", "proofs/product/statements.py", "proofs/product/verify.py",
    "proofs/session.py", "proofs/shuffle/statements.py", "proofs/shuffle/verify.py",
)  # fmt: skip
EVERY = (*CHECKS, *BLIND_CHECKS, *OWN_CHECKS, *BLIND_OWN_CHECKS, *COPY_CHECKS)
CODE = re.compile(r'"([a-z][a-z0-9]*(?:\.[a-z0-9-]+)+)"')
NAME_CODE = re.compile(r'f"\{kind\}\.([a-z-]+)"')


def codes_in_source() -> set[str]:
    found: set[str] = set()
    for path in JUDGES:
        text = (SOURCE / path).read_text(encoding="utf-8")
        found.update(CODE.findall(text))
        found.update(f"name.{rest}" for rest in NAME_CODE.findall(text))
    return found


def test_the_judges_are_found_and_speak_in_codes() -> None:
    assert {"chain.prev", "name.mark-first", "deal.permutation.wrong", "seen.too-old"} <= codes_in_source()


def test_every_code_belongs_to_a_check() -> None:
    assert codes_in_source() - set(BY_CODE) == set()


def test_no_check_has_a_code_that_nothing_raises() -> None:
    # notes and names share their functions, so that these stand in the source as one pattern
    shared = {"note.character", "note.not-nfc"}
    assert set(BY_CODE) - codes_in_source() == shared


def test_no_code_belongs_to_two_checks() -> None:
    counted = Counter(code for check in (*CHECKS, *BLIND_CHECKS) for code in check.codes)
    assert [code for code, times in counted.items() if times > 1] == []


def test_numbers_are_unique_and_in_order() -> None:
    for every in ((*CHECKS, *OWN_CHECKS, *COPY_CHECKS), (*BLIND_CHECKS, *BLIND_OWN_CHECKS)):
        numbers = [check.id for check in every]
        assert numbers == sorted(set(numbers))
    assert [check.id for check in CHECKS] == [f"A{k:02}" for k in range(1, len(CHECKS) + 1)]
    dropped = {10, 11, 14, 16}  # numbers of checks that there once were are not used again
    assert [check.id for check in BLIND_CHECKS] == [f"B{k:02}" for k in range(1, 16) if k not in dropped]


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.id)
def test_texts_are_sentences(check) -> None:  # type: ignore[no-untyped-def]
    assert check.title[0].isupper()
    assert not check.title.endswith(".")
    assert check.meaning.endswith(".")
    assert check.does_not_prove == "" or check.does_not_prove.endswith((".", "say it."))
    assert check.section


PAGE = Path(__file__).parents[3] / "docs" / "protocol.md"


def test_sections_of_checks_exist() -> None:
    sections = set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)", PAGE.read_text("utf-8"), re.M))
    for check in EVERY:
        assert set(check.section.split(", ")) <= sections, check.id


def test_the_page_lists_the_same_checks_and_codes() -> None:
    rows = re.findall(r"^\| ([AB]\d\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.M)
    listed = [(number, title, places, tuple(re.findall(r"`([^`]+)`", codes))) for number, title, places, codes in rows]
    assert listed == [(check.id, check.title, check.section, check.codes) for check in EVERY]


def test_topics_name_what_posts_are_about() -> None:
    known = {topic for entry in played().entries for topic in topics_of(entry.post.body)}
    known |= {"deal.openings", "drop", "leave", "refusal", "call", "dispute"}
    assert {topic for check in CHECKS for topic in check.about} <= known
    blind = {str(post.__struct_config__.tag) for post in TABLES["blind"]}  # type: ignore[attr-defined]
    assert {topic for check in BLIND_CHECKS for topic in check.about} <= blind


def test_every_type_of_post_is_somebodys_topic() -> None:
    about = {topic for check in CHECKS for topic in check.about}
    types = {str(entry.post.body.__struct_config__.tag) for entry in played().entries}
    assert types <= about | {"leave"}


@pytest.mark.parametrize("mode", sorted(TABLES))
def test_every_post_of_a_mode_is_the_topic_of_a_check_that_its_reports_show(mode: str) -> None:
    """But those of which only the turn, the author and the time are judged, as of every post."""
    plain = {"leave", "call"} if mode == "blind" else {"leave"}
    about = {topic for check in checks_of(mode) for topic in check.about}
    assert {str(post.__struct_config__.tag) for post in TABLES[mode]} <= about | plain  # type: ignore[attr-defined]


def test_a_report_shows_the_checks_of_its_mode() -> None:
    assert checks_of("sealed") == CHECKS
    assert set(BLIND_CHECKS) < set(checks_of("blind"))
    assert checks_of(None) == (*CHECKS, *BLIND_CHECKS)
    hidden = {check.id for check in CHECKS if check not in checks_of("blind")}
    assert hidden == {"A19", *(f"A{k}" for k in range(22, 32)), "A33", *(f"A{k}" for k in range(35, 39))}
    assert "A19" in {check.id for check in checks_of("blind", {"A19"})}
