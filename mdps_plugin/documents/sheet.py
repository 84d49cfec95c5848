"""What stands on a page, as data: the one shape between content and renderer. Draws nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Labels and their values, one a line."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Paragraphs:
    """Running text; ``strong`` sets it bold."""

    lines: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Bullets:
    """A list of sentences."""

    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table; ``shares`` are the widths of the columns in parts of their sum."""

    columns: tuple[str, ...]
    shares: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Facts | Paragraphs | Bullets | Grid


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands below it; ``small`` sets it in small type."""

    title: str
    blocks: tuple[Block, ...]
    small: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One document. ``large`` sets it in larger type, for patients."""

    title: str
    subtitle: str
    banner: str | None
    sections: tuple[Section, ...]
    footer: str
    large: bool = False

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text with the place where it stands."""
        yield "title", self.title
        yield "subtitle", self.subtitle
        yield "footer", self.footer
        if self.banner is not None:
            yield "banner", self.banner
        for section in self.sections:
            yield section.title, section.title
            for block in section.blocks:
                for text in block_texts(block):
                    yield section.title, text


def block_texts(block: Block) -> Iterator[str]:
    """Every text of one block."""
    if isinstance(block, Facts):
        for label, value in block.rows:
            yield label
            yield value
    elif isinstance(block, Grid):
        yield from block.columns
        for row in block.rows:
            yield from row
    else:
        yield from block.lines
