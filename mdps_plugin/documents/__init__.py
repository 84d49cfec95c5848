"""Room: what a build yields on paper: production record, statement, label."""
