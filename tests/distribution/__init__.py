"""The distribution room: two repositories, the attacks on them, keys, sources."""
