"""Room: G-code examined from bytes alone: grammar, canonical copy, process window, layers."""
