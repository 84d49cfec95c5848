"""Writes the picture of each finished layer into a folder. Draws nothing itself.

A layer is finished when the next one begins or the run ends. Files are ``layer_0001.png`` on;
each is replaced as a whole, so a reader never sees half a picture.
"""

from __future__ import annotations

import os
from pathlib import Path

from .link_pty import LinkFault
from .picture import Pictures


class PictureFolder:
    """One folder, made if it is not there."""

    def __init__(self, folder: Path, pictures: Pictures) -> None:
        """:class:`LinkFault` if the folder cannot be had."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise LinkFault(f"{folder}: {fault.strerror}") from None
        self._folder = folder
        self._pictures = pictures
        self._written: list[int] = []

    def pump(self) -> None:
        """Write what has been finished since the last time."""
        layers = self._pictures.deposit.layers
        for index in range(len(self._written), len(layers) - 1):
            self._write(index)

    def finish(self) -> None:
        """Write the last layer, and those on which plastic was laid again later."""
        for index, layer in enumerate(self._pictures.deposit.layers):
            if index >= len(self._written) or self._written[index] != len(layer.strands):
                self._write(index)

    def _write(self, index: int) -> None:
        self._written[index : index + 1] = [len(self._pictures.deposit.layers[index].strands)]
        path = self._folder / f"layer_{index + 1:04}.png"
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(self._pictures.png(index + 1))
        beside.replace(path)
