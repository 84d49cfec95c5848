"""The firmware: dialogue, queue, planner, temperature control, protections. Pure; virtual time."""
