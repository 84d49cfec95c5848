"""The lock: the gate between OctoPrint and the printer, and what it knows of the printer.

Pure but for ``*_link.py``: :mod:`.gate` decides, :mod:`.gate_link` owns the pty, the serial port
and one thread. See docs/gate.md.
"""
