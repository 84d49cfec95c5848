"""Whether the printer owes its host an answer: then time may run on unasked. Pure; changes nothing.

Used by ``--speed max`` only. A printer that waits for a person owes nothing: however fast time
ran, nobody would press the button sooner.
"""

from __future__ import annotations

from .machine import Simulator


def owes_answer(simulator: Simulator) -> bool:
    """True while bytes are on the wire, the firmware boots, prints from its card, or owes an ok."""
    firmware = simulator.firmware
    if simulator.bytes_under_way:
        return True
    if not simulator.plant.powered or firmware.killed or firmware.user_waited_for:
        return False
    waits = firmware.ring or firmware.injected or firmware.receiver.lines
    return not firmware.booted or bool(waits) or firmware.reader.printing
