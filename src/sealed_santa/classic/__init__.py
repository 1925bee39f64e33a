"""The classic game: plain text over TCP, whole and small, on its own (docs/classic.md). It hides nothing."""
