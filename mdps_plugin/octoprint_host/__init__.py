"""Room: the OctoPrint face. Converts, calls the controller, converts back; decides nothing."""

from __future__ import annotations

from typing import Any


def load(namespace: dict[str, Any]) -> None:
    """Put the plugin object and its hooks where OctoPrint looks for them.

    ``namespace`` is the module dictionary of the package ``mdps_plugin``. Called by OctoPrint
    through ``__plugin_load__``; the import stands here so that nothing else needs OctoPrint.
    """
    from . import hooks
    from .plugin import MdpsPlugin

    namespace["__plugin_implementation__"] = MdpsPlugin()
    namespace["__plugin_hooks__"] = {
        "octoprint.access.permissions": hooks.permissions,
        "octoprint.printer.handle_connect": namespace["__plugin_implementation__"].handle_connect,
        "octoprint.server.http.bodysize": hooks.body_sizes,
    }
