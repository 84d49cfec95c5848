"""The machine itself: heat, axes, filament, power. Knows nothing of G-code; survives a reset."""
