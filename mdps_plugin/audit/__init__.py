"""Room: the tamper-evident log: entries, tree, checkpoints, proofs. Files in ``store.py`` only."""
