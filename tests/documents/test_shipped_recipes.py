"""The shipped recipes on paper: their texts are printable and fit the label."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mdps_plugin.build.record_parts import recipe_part
from mdps_plugin.documents import make_documents
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.store import default_root_path, find_bundle, load_bundle, load_root

from ..factories import NOW
from .record import whole_record

SHIPPED = ("mask-extender", "anatomical-model", "bottle-grip", "finger-splint")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_recipe_yields_all_its_documents(name):
    root = load_root(default_root_path())
    signed = verify_bundle(load_bundle(find_bundle(name)), root, NOW, name)
    part = recipe_part(SimpleNamespace(recipe=signed.recipe, bundle_sha256="a" * 64, signers=()))
    record = whole_record(recipe=part, **{"order.pathway": part["pathway"]})
    expected = 8 if part["pathway"] == "health_institution" else 7
    assert len(make_documents(record)) == expected
