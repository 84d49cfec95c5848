"""OctoPrint plugin ``mdps``: the face of the MDPS controller. Importing it needs no OctoPrint."""

from __future__ import annotations

__plugin_name__ = "MDPS"
__plugin_pythoncompat__ = ">=3.11,<3.14"


def __plugin_load__() -> None:  # noqa: N807 - the name is OctoPrint's
    """Make the plugin object; OctoPrint calls this after import."""
    from . import octoprint_host

    octoprint_host.load(globals())
