"""The modules of commands and of acts: one a file, all of them or the one that is wanted."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def find_modules(package: ModuleType, prefix: str, word: str | None) -> list[ModuleType]:
    """Every module ``prefix`` + NAME of ``package`` in order, or only that of ``word``.

    What the others import takes longer than to check a job. A ``word`` that names none gives all,
    so that they can be listed.
    """
    every = (info.name for info in pkgutil.iter_modules(package.__path__))
    found = sorted(name for name in every if name.startswith(prefix))
    alone = prefix + word.replace("-", "_") if word and "_" not in word else ""
    wanted = [alone] if alone in found else found
    return [importlib.import_module(f"{package.__name__}.{name}") for name in wanted]
