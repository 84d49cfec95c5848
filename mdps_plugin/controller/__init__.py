"""Room: the trusted process: wiring of all rooms, socket API, clock, accounts."""
