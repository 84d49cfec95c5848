"""Room: the command ``mdps``. Converts only."""
