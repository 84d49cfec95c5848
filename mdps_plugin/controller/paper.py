"""Papers of a released build: made before the release is on record, named in the same commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..build.permit import Refused
from ..canonical import Json
from ..documents import Document, DocumentsRefused, make_documents
from .cell import Cell


def make_papers(cell: Cell, record: Mapping[str, Json]) -> tuple[Document, ...]:
    """All documents of a record; :class:`Refused` where a group that must be there is empty."""
    try:
        papers = make_documents(record)
    except DocumentsRefused as fault:
        raise Refused(fault.verdict) from None
    for paper in papers:
        cell.files.put(paper.data)
    return papers


def papers_made(build_id: str, papers: Sequence[Document]) -> tuple[str, dict[str, Json]]:
    """The entry that names the papers of a build; their bytes are durable already."""
    made: list[Json] = [
        {
            "kind": paper.kind,
            "name": paper.name,
            "media_type": paper.media_type,
            "sha256": paper.sha256,
        }
        for paper in papers
    ]
    return "documents_made", {"build_id": build_id, "documents": made}
