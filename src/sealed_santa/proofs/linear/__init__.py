"""Knowledge of a preimage under linear maps: statement, verifier, prover."""
