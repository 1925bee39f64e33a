"""The numbered checks of an audit (docs/protocol.md, section 10.2): what each means and what it does not prove.

Every error code that a transcript can cause belongs to exactly one check; `BY_CODE` says to which.
`about` names the topics that a check looks at: a type of post, or a part of one (`topics_of`). A
check without topics is about every line. The numbers never change their meaning. Checks whose number
begins with B are about blind games (`checks_blind`); of the others, some are about sealed games alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sealed_santa.audit.check import Check, make_check
from sealed_santa.audit.checks_blind import BLIND_CHECKS, BLIND_OWN_CHECKS
from sealed_santa.log.posts import Create, Deal, Post, Reveal

OVER: Final = "A40"  # the one check that an unfinished game leaves open without any other doubt


def topics_of(body: Post) -> frozenset[str]:
    """Return what a post is about: its type, and for a deal and a reveal what is in it."""
    tag = str(body.__struct_config__.tag)
    topics = {tag}
    if isinstance(body, Create):
        return frozenset(topics)
    if isinstance(body, Deal):
        topics |= {f"deal.{name}" for name, part in (("openings", body.openings), ("cards", body.cards)) if part}
    if isinstance(body, Reveal) and body.openings:
        topics.add("reveal.public")
    return frozenset(topics)


CHECKS: Final = (
    make_check(
        "A01", "The file is a transcript", "3.4", "",
        "transcript.empty transcript.truncated transcript.line-too-long entry.malformed chain.empty",
        "Every line of the file is an entry of a log, and the last line is whole.",
        "That no entries are missing at its end: a shorter copy looks like an earlier one. Compare copies for that.",
    ),
    make_check(
        "A02", "Every byte is in its one form", "2.1", "", "json.invalid json.not-canonical base64.invalid",
        "Each value is written in the only way that is allowed, so that two programs read the same.",
        "Anything about what the values say.",
    ),
    make_check(
        "A03", "The version and the mode are known", "1", "", "version.unknown mode.unknown",
        "This program knows the rules that the game was played by.",
        "Anything, if it could not be decided: a program that knows the version may find the game right or wrong.",
    ),
    make_check(
        "A04", "Every post has its form", "4", "",
        "post.malformed post.too-large post.unknown-type field.type length.wrong",
        "Each post has exactly its fields, with values of the right kind and length.",
        "That a post was allowed in its place.",
    ),
    make_check(
        "A05", "Every public key is valid and used once", "2.5, 2.6, 5.2", "create join deck refusal",
        "key.invalid key.used join.key-used join.group-key create.keys",
        "No key is weak or written in two ways, and nobody uses a key of somebody else.",
        "That the holder of a key is the person of that name. The safety words are for that.",
    ),
    make_check(
        "A06", "The terms of the game are lawful", "5.1", "create",
        "game.no-create create.reveal create.text create.invites create.exclusions create.limits create.catalogue",
        "The log begins with terms that the organiser signed and that nobody could change later.",
        "That the terms are what you were told: read them.",
    ),
    make_check(
        "A07", "The server signed every entry", "3.2", "", "entry.signature",
        "The server has acknowledged every line and cannot deny it.",
        "That it did not sign another log beside this one. Compare copies for that.",
    ),
    make_check(
        "A08", "Every post is signed by its author", "2.5, 3.1", "", "post.signature signature.wrong",
        "Nobody, the server included, put words into anybody's mouth.",
        "That the author is the person you think. The safety words are for that.",
    ),
    make_check(
        "A09", "Every join is countersigned with an invite", "3.1", "join", "join.countersignature",
        "Whoever joined held an invite.",
        "Who held it: a shared invite lets any of its holders bring others.",
    ),
    make_check(
        "A10", "The entries are one chain", "3.2", "", "chain.seq chain.prev",
        "No entry was taken out, put in, changed or moved.",
        "That nothing was cut off at the end.",
    ),
    make_check(
        "A11", "Time does not go back", "3.2", "", "chain.time",
        "The server's dates never decrease.",
        "That the dates are true. They matter for deadlines only.",
    ),
    make_check(
        "A12", "All posts belong to this game", "5", "", "game.wrong game.second-create",
        "Nothing was carried in from another game.",
        "",
    ),
    make_check(
        "A13", "No post stands twice", "5", "", "post.replayed",
        "Nobody's words were repeated by somebody else.",
        "",
    ),
    make_check(
        "A14", "Everyone saw one log", "3.3", "",
        "seen.unknown seen.backwards seen.too-old",
        "Each author names an entry of this log, new enough for what the post answers: they all saw this history.",
        "That somebody who has said nothing since saw the same. Compare the head with theirs.",
    ),
    make_check(
        "A15", "Everyone spoke in turn", "5", "", "mode.wrong author.wrong author.not-a-player turn.wrong round.wrong",
        "Each post came from a party that may say it, in the phase and round in which it may; a deal only after "
        "every coin.",
        "",
    ),
    make_check(
        "A16", "The names are lawful and different", "2.8, 5.2", "create join",
        "name.empty name.too-long name.character name.blank name.mark-first name.not-nfc join.name-taken join.wish",
        "No name hides characters, and no two players have the same.",
        "That two names do not look alike: honest servers refuse that, the rules do not.",
    ),
    make_check(
        "A17", "Every invite was used as it may be", "5.2", "join",
        "join.full join.invite-unknown join.invite-name join.invite-used",
        "Players came in by invites of this game, each named invite for its person and once.",
        "Who handed the invites on.",
    ),
    make_check(
        "A18", "The roster was locked as it stood", "5.3", "start",
        "start.not-allowed start.too-few start.roster-moved",
        "Whoever started the draw named the very list of players that was drawn.",
        "",
    ),
    make_check(
        "A19", "The decks were committed for this roster", "5.4", "deck",
        "deck.roster deck.limit deck.point deck.twice deck.keys",
        "The dealer fixed its decks before any coin of the round was open.",
        "That a deck is a permutation: the decks passed over show it, and A27 for the one that stands.",
    ),
    make_check(
        "A20", "Every coin is the next of its chain", "5.5", "coin", "coin.roster coin.twice coin.wrong",
        "Nobody could choose a coin after seeing the others, nor change it.",
        "That nobody withheld a coin to have another draw: A21 says how often that was.",
    ),
    make_check(
        "A21", "Players were dropped lawfully", "5.5", "drop",
        "drop.too-early drop.players drop.has-coin drop.too-few round.exhausted",
        "Only players whose coin was missing after the time to wait were dropped, and the log shows it.",
        "Why their coins were missing: a lost connection and a wish for another draw look the same.",
    ),
    make_check(
        "A22", "The deal opens what it must", "5.6", "deal", "deal.deck deal.openings deal.all-out deal.missing",
        "The deal names a deck and opens as many as it passed over.",
        "",
    ),
    make_check(
        "A23", "The decks passed over are those committed", "5.6, 6.2", "deal.openings", "deal.opening.wrong",
        "Each opened deck is the one that was fixed before the coins.",
        "",
    ),
    make_check(
        "A24", "The first permitted deal stands", "5.6", "deal", "deal.not-first",
        "The order of the cards was recomputed from all coins, and every deal before the one that stands broke an "
        "exclusion or gave somebody themselves.",
        "",
    ),
    make_check(
        "A25", "There is a valid card for everyone", "5.6, 6.1", "deal.cards", "deal.cards deal.sealed",
        "There are as many cards as players, each a valid commitment, and a sealed box for each player.",
        "That the boxes open: only their owners can say, and A29 says who has.",
    ),
    make_check(
        "A26", "The proofs have their form", "6.4", "deal.cards",
        "deal.proof-form point.invalid scalar.not-canonical proof.shape.wrong statement.malformed "
        "deal.statements.differ",
        "The proofs have exactly the points and scalars that their statements ask for.",
        "That they hold: A27 and A28 do.",
    ),
    make_check(
        "A27", "The cards are the committed deck", "6.4, 6.5", "deal.cards", "deal.permutation.wrong",
        "The cards hold every player exactly once, in the order that was committed before the coins.",
        "Anything about who gives to whom, and nothing if discrete logarithms on this curve can be computed.",
    ),
    make_check(
        "A28", "No card is forbidden to its holder", "6.4, 6.5", "deal.cards", "deal.exclusion.wrong",
        "Nobody gives to themselves, and every exclusion is kept.",
        "Anything more about who gives to whom.",
    ),
    make_check(
        "A29", "Players confirmed their cards", "5.7", "accept", "accept.twice",
        "Those who confirmed have opened their card and found it to be one of the proven ones.",
        "Anything for those who have not confirmed.",
    ),
    make_check(
        "A30", "Gifts were given lawfully", "5.7", "gift", "gift.before-accept gift.refused-too-often",
        "Each gift came from a player who had confirmed the card; the last one before the close counts.",
        "What was given.",
    ),
    make_check(
        "A31", "Gifts were refused for a reason", "5.7", "refusal",
        "refusal.no-gift refusal.again refusal.wrong-key refusal.unfounded gift.hash-wrong",
        "Everyone can see why each refused gift was bad.",
        "",
    ),
    make_check(
        "A32", "Nothing was closed too early", "5.7, 11.4, 11.5, 11.7", "close", "close.too-early",
        "Nothing was closed before all had done their part, or their time was over.",
        "That the server did not hold back a gift until the close. Its giver would see that and can say so.",
    ),
    make_check(
        "A33", "There is an envelope for everyone", "5.8", "delivery", "delivery.count delivery.missing",
        "As many envelopes as recipients were delivered.",
        "What is in them.",
    ),
    make_check(
        "A34", "Each receipt came once", "5.8", "receipt", "receipt.twice",
        "Those with a receipt have opened their envelope and found its form right.",
        "That the gift in it is the one that was given: the reveal shows that.",
    ),
    make_check(
        "A35", "The reveal came when it was due", "5.8, 5.9", "call reveal",
        "call.twice reveal.not-yet reveal.form reveal.missing",
        "The reveal has the form that was agreed, and came after its time.",
        "",
    ),
    make_check(
        "A36", "The reveal opens the cards", "5.9", "reveal.public", "reveal.card reveal.secrets",
        "Everyone sees who gave to whom, and that these are the cards that were proven.",
        "That the envelopes held what was given: recipients compare that (A38).",
    ),
    make_check(
        "A37", "No box was shown to be wrong", "5.10, 7", "dispute",
        "box.does-not-open box.malformed card.does-not-open gift.not-in-catalogue delivery.note gift.note "
        "note.too-long note.character note.not-nfc",
        "No dispute showed a box that does not open or does not hold what it must.",
        "That all boxes are good: this is about those that somebody complained of.",
    ),
    make_check(
        "A38", "No gift was shown to be exchanged", "5.10", "dispute",
        "delivery.exchanged delivery.house-instead delivery.gift-from-nobody",
        "No dispute showed that something else was delivered than was given.",
        "That nothing was exchanged: only recipients can compare, and with `never` nobody can.",
    ),
    make_check(
        "A39", "Every dispute had a ground", "5.10", "dispute",
        "dispute.keys dispute.wrong-key dispute.twice dispute.after-accept dispute.after-receipt dispute.too-early "
        "dispute.unfounded",
        "Nobody accused the server or a Santa without reason.",
        "",
    ),
    make_check(
        OVER, "The game is over", "5", "", "",
        "Nothing more is waited for.",
        "That all disputes are in: they may still come after the end.",
    ),
)  # fmt: skip

OWN_CHECKS: Final = (
    make_check(
        "A50", "Your join is in the log, byte for byte", "3.1", "", "own.join-missing own.join-changed",
        "You were registered with your own name, keys and coin.",
        "That the others are who you think. The safety words are for that.",
    ),
    make_check(
        "A51", "The log extends your own copy", "3.2", "", "own.copy-differs own.copy-longer",
        "What your client saw and acted on is what this file says.",
        "",
    ),
    make_check(
        "A52", "Every post under your key is yours", "3.1", "", "own.post-foreign",
        "Nobody else signs with your key.",
        "",
    ),
    make_check(
        "A53", "Your card opens", "7.1", "", "",
        "The box that was sealed to you opens the proven card in your slot, and names exactly one recipient.",
        "",
    ),
    make_check(
        "A54", "Your envelope opens", "7.5", "", "",
        "A gift of the catalogue and a note, or the house gift, was delivered to you.",
        "That it is what your Santa chose: A55 says that.",
    ),
    make_check(
        "A55", "Your Santa's gift is what you were delivered", "7.6", "", "",
        "The revealed giver held the card with your name, and the gift that it bound itself to is the one you got.",
        "",
    ),
)  # fmt: skip

COPY_CHECKS: Final = (
    make_check(
        "A60", "The newer copy goes on from the older", "3.2, 3.4", "",
        "copy.rollback copy.fork copy.differs copy.other-game copy.unreadable",
        "Nothing that was in the log is gone or has changed.",
        "That the older copy was right: audit it too.",
    ),
    make_check(
        "A61", "Both copies are of one log", "3.2, 3.4", "", "copy.fork copy.differs copy.other-game copy.unreadable",
        "The server showed both people the same history, as far as the shorter copy goes.",
        "What the owner of the shorter copy will see next.",
    ),
)  # fmt: skip

_SEALED_ONLY: Final = frozenset(
    ("A19", "A22", "A23", "A24", "A25", "A26", "A27", "A28", "A29", "A30", "A31", "A33", "A35", "A36", "A37", "A38")
)

BY_ID: Final = {c.id: c for c in (*CHECKS, *BLIND_CHECKS, *OWN_CHECKS, *BLIND_OWN_CHECKS, *COPY_CHECKS)}
BY_CODE: Final = {code: check for check in (*CHECKS, *BLIND_CHECKS) for code in check.codes}


def checks_of(mode: str | None, found: Collection[str] = ()) -> tuple[Check, ...]:
    """Return the checks that a report of a game of this mode shows: all of them where the mode is not known.

    A check with a finding (`found` are their numbers) is shown in any mode.
    """
    if mode == "blind":
        hidden: Collection[str] = _SEALED_ONLY
    else:
        hidden = frozenset(check.id for check in BLIND_CHECKS) if mode == "sealed" else ()
    return tuple(check for check in (*CHECKS, *BLIND_CHECKS) if check.id not in hidden or check.id in found)
