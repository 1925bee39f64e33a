"""The shuffle argument: statement, verifier, prover."""
