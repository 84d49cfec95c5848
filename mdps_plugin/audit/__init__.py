"""Room: the tamper-evident log: entries, tree, checkpoints, verification. Files in ``store.py`` only."""
