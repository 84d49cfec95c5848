"""Room: what stands between OctoPrint and the printer: gate, two dialogues, profile."""
