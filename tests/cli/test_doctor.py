"""``mdps doctor``: every slicer that can run here is looked for, and named if it is missing."""

from __future__ import annotations

import json

import pytest

from mdps_plugin.cli.main import main
from mdps_plugin.slicing.engine import plain_name
from mdps_plugin.slicing.engines import ENGINES


def test_every_slicer_is_named_with_the_package_that_mends_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    main(["doctor", "--json"])
    items = {
        plain_name(item["name"]): item for item in json.loads(capsys.readouterr().out)["items"]
    }
    for engine in ENGINES:
        item = items[plain_name(engine.name)]
        assert not item["present"]
        assert engine.name.casefold() in item["observed"].casefold()
        assert item["mend"] == f"apt-get install {item['name']}"
