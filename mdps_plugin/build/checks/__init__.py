"""The checks of a decision, one file a subject: each a pure function of the evidence.

A check returns findings and never raises on purpose; what it does raise is a refusal
(:mod:`mdps_plugin.build.decide`).
"""
