"""The checks of blind games, and what only a player of one can check (docs/protocol.md, 10.2 and 10.3).

Codes that blind games share with sealed ones belong to the checks in `checks`. Which deck was dealt, how a deal was
repaired and what was revealed follow from what was opened; nobody states them, so nobody can state
them wrongly, and they are facts and no checks. Numbers of checks that there once were are not used again.
"""

from __future__ import annotations

from typing import Final

from sealed_santa.audit.check import make_check

BLIND_CHECKS: Final = (
    make_check(
        "B01", "Trustees did the trustees' work, batch by batch", "11.1, 11.3",
        "key complaint answer mix blinding opening hand envelope", "trustee.not batch.wrong",
        "Whoever worked on the cards is a trustee who takes part, and each post was made for the batch of the moment.",
        "That fewer trustees than the threshold do not work together: nobody can see that.",
    ),
    make_check(
        "B02", "Every trustee knows the secret of its own key", "11.4, 11.8", "key",
        "key.twice key.commitments key.shares key.possession",
        "Each trustee gave one key, of the agreed degree, and showed that it knows its secret: none could choose the "
        "joint key by the keys of the others.",
        "That the shares in the sealed boxes are right: their readers complain if they are not (B03, B04).",
    ),
    make_check(
        "B03", "Complaints and answers were lawful", "11.4", "complaint answer",
        "complaint.accused complaint.after-mix complaint.twice answer.no-complaint",
        "Whoever complained of a share had not confirmed it, and every answer answers a complaint.",
        "Who was right: B04 says that.",
    ),
    make_check(
        "B04", "No trustee was found out", "11.4", "complaint answer", "share.wrong share.missing",
        "Every share that was complained of was shown, and is right.",
        "That a complaint had a ground: a share that was right all the time is public now, for nothing.",
    ),
    make_check(
        "B05", "Every mix has the rows of its batch", "11.5", "mix", "mix.twice mix.rows",
        "Each mix has as many decks, rows and columns as it must, and each trustee mixed a batch once.",
        "That the rows hold what they must: B06 does.",
    ),
    make_check(
        "B06", "Every mix is a shuffle", "11.5, 11.9", "mix", "mix.proof-form mix.proof-wrong",
        "Each mix holds the rows before it, each once, in another order and encrypted again: no card and no envelope "
        "was dropped, doubled or replaced.",
        "Anything about the order, and nothing if discrete logarithms on this curve can be computed.",
    ),
    make_check(
        "B07", "Enough trustees mixed", "11.5", "close", "close.too-few",
        "No mixing was closed before as many trustees as the threshold had mixed.",
        "That the trustees who are missing were really late: the server may have held back their posts.",
    ),
    make_check(
        "B08", "The tests were blinded rightly", "11.6, 11.10", "blinding",
        "blinding.twice blinding.pairs blinding.proof-form blinding.proof-wrong",
        "Each tested pair was multiplied by secret factors of as many trustees as the threshold: it says yes or no, "
        "and nothing else.",
        "",
    ),
    make_check(
        "B09", "What was opened was opened rightly", "11.6, 11.11", "opening",
        "opening.twice opening.shares opening.proof-form opening.proof-wrong",
        "Every share of a decryption was made with the trustee's share of the joint key: the answers of the tests, the "
        "boxes and the pairs are what was encrypted.",
        "That nothing else was opened: as many trustees as the threshold could do that among themselves.",
    ),
    make_check(
        "B12", "Every card was handed to its player", "11.6, 11.12", "hand",
        "hand.twice hand.cards hand.proof-form hand.proof-wrong",
        "Each player got the shares that decrypt its own card, and can read it with its group key.",
        "That nobody else reads it: as many trustees as the threshold could.",
    ),
    make_check(
        "B13", "Every envelope was made by its author", "11.7, 11.13", "envelope",
        "envelope.row envelope.proof-form envelope.proof-wrong",
        "Each giver knows what is in its envelope; none was copied from another, or made from one.",
        "What is in it, and for whom it is.",
    ),
    make_check(
        "B15", "No gift was shown to be missing, doubled or bad", "11.7", "dispute",
        "gift.missing gift.doubled gift.bad",
        "No dispute showed that a recipient got no gift, more than one, or one that is not in the catalogue.",
        "That all gifts are good: this is about those that somebody complained of.",
    ),
)  # fmt: skip

BLIND_OWN_CHECKS: Final = (
    make_check(
        "B53", "Your card can be read with your key", "11.6", "", "own.key-wrong own.card-unreadable",
        "The shares that the trustees handed to you decrypt your card, and it names exactly one present player.",
        "",
    ),
    make_check(
        "B54", "One good gift opens with your key", "11.7", "",
        "own.key-wrong gift.missing gift.doubled gift.bad",
        "Of all boxes that were delivered exactly one opens for you, with a gift of the catalogue; or none does, and "
        "somebody gave nothing.",
        "Who it is from.",
    ),
    make_check(
        "B55", "The reveal says of you what your card says", "11.6", "", "own.reveal-differs",
        "The recipient that the reveal names for you is the one on your card, and exactly one other player gave to "
        "you.",
        "",
    ),
)  # fmt: skip
