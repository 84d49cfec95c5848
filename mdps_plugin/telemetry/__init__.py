"""Room: what the QMS hears: events, outbox, MQTT."""
