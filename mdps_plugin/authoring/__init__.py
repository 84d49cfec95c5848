"""Room: the manufacturer's tools: signing, the geometry and files of the shipped recipes."""
