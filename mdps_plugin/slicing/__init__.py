"""Room: the real slicer run under the signed settings."""
