"""sealed-santa: a Secret Santa over TCP in which nobody has to be trusted."""

# The rooms, in the order in which they may import (each only the ones above it):
#
#   base      errors with blame, labels, canonical encodings, names
#   crypto    group, Fiat-Shamir challenges, commitments, signatures, HPKE
#   proofs    statements, verify, prove (the verifier never imports the prover)
#   log       posts, entries, archives
#   game      modes, catalogue, exclusions, state, rules (the only judge), replay
#   audit     numbered checks over a transcript          (strangers
#   roles     secrets, duties, dealer, player, trustee    to each other)
#   wire      frames, messages, session: no IO
#   classic   the plain game, whole and small, with its own IO (a stranger to wire)
#   lab       all parties in memory, attacks, who learns what
#   net       server, client, store, TLS: the only IO, clock and entropy
#   cli       the command `santa`: the only room that writes to a terminal

__version__ = "0.1.0"
