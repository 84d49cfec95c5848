"""Keeps on the card what power-loss recovery needs of a print from it. Recovers nothing itself."""

from __future__ import annotations

from .board import Board
from .card import Checkpoint


def keep_checkpoint(fw: Board) -> None:
    """What a power cut must not take: called before each move of a file."""
    card, file = fw.reader.card, fw.reader.file
    if not fw.settings.power_loss or card is None or file is None or not fw.reader.printing:
        return
    x, y, z, e = fw.position
    old = card.checkpoint
    if old is not None and old.file == file.name and old.position[2] == z:
        return
    card.checkpoint = Checkpoint(
        file=file.name,
        offset=fw.reader.offset,
        bed_c=fw.bed.target,
        nozzle_c=fw.hotend.target,
        position=(x, y, z, e),
        feed_mm_s=fw.feed_mm_s,
        relative=fw.relative,
        relative_e=fw.relative_e,
    )
    fw.say("Writing to file: /PLR")
