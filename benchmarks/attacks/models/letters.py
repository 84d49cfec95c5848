"""Letters of 3 by 5 cells that touch along faces only, for engraved and raised marks."""

from __future__ import annotations

import numpy as np

# Diagonal contacts are left out on purpose: a cell grid with them is no clean solid.
_LETTERS = {
    "M": ("#.#", "###", "###", "#.#", "#.#"),
    "D": ("##.", "###", "#.#", "###", "##."),
    "P": ("###", "#.#", "###", "#..", "#.."),
    "S": ("###", "#..", "###", "..#", "###"),
    "L": ("#..", "#..", "#..", "#..", "###"),
    "R": ("###", "#.#", "###", "##.", "###"),
    "7": ("###", "..#", "..#", "..#", "..#"),
    "1": (".#.", ".#.", ".#.", ".#.", ".#."),
    "U": ("#.#", "#.#", "#.#", "#.#", "###"),
    "H": ("#.#", "#.#", "###", "#.#", "#.#"),
    "I": ("###", ".#.", ".#.", ".#.", "###"),
    "E": ("###", "#..", "###", "#..", "###"),
    "F": ("###", "#..", "###", "#..", "#.."),
    "T": ("###", ".#.", ".#.", ".#.", ".#."),
}


def mask(text: str) -> np.ndarray:
    """Cells (x, y) of the text, one empty column between letters and an empty border."""
    columns: list[np.ndarray] = [np.zeros((1, 5), dtype=bool)]
    for letter in text:
        rows = np.array([[mark == "#" for mark in row] for row in _LETTERS[letter]])
        columns += [rows[::-1].T, np.zeros((1, 5), dtype=bool)]
    return np.pad(np.concatenate(columns), ((0, 0), (1, 1)))
