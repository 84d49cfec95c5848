"""Writes docs/asyncapi.yaml from the tables of the telemetry room. Run after changing them."""

from pathlib import Path

import yaml

from mdps_plugin.telemetry.asyncapi import asyncapi_document


class _NoAliases(yaml.SafeDumper):
    """Repeats what is used twice, so that the file reads without jumping."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def as_yaml() -> str:
    """The text of the file."""
    return yaml.dump(
        asyncapi_document(), Dumper=_NoAliases, sort_keys=False, allow_unicode=True, width=96
    )


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "docs" / "asyncapi.yaml"
    target.write_text(as_yaml(), encoding="utf-8")
    print(target)
