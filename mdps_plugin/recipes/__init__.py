"""Room: what a manufacturer signed: document, bundle, trust. Files in ``store.py`` only."""
