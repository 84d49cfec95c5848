"""Room: the patient's geometry: reading, placement, design envelope."""
