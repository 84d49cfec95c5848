"""Whether the printer owes its host an answer: then time may run on unasked. Pure; changes nothing.

Used by ``--speed max`` only. A printer that waits for a person owes nothing: however fast time
ran, nobody would press the button sooner.
"""

from __future__ import annotations

from .machine import Simulator


def owes_answer(simulator: Simulator) -> bool:
    """True while the firmware boots, or has taken or received a line that it has not answered."""
    firmware = simulator.firmware
    if simulator.bytes_under_way:
        return True
    if not simulator.plant.powered or firmware.killed or firmware.user_waited_for:
        return False
    return not firmware.booted or bool(firmware.ring) or bool(firmware.receiver.lines)
