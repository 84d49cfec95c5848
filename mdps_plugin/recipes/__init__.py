"""Room: what a manufacturer signed. Document, bundle, trust. Files are read in ``store.py`` only."""
