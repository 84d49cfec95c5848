"""A Marlin-dialect printer behind a pty or TCP port. Shares no code with the controller."""
