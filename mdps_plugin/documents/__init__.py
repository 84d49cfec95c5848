"""Room: what a build yields on paper: production record, statement, label.

Public: ``make_documents``, ``judge_record``, ``Document``, ``DocumentsRefused``.
"""

from __future__ import annotations

from .make import Document, DocumentsRefused, judge_record, make_documents

__all__ = ["Document", "DocumentsRefused", "judge_record", "make_documents"]
