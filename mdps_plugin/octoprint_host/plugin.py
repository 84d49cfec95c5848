"""The plugin object: OctoPrint's mixins, each answered in a line or two. Decides nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import octoprint
import octoprint.plugin
from flask import Blueprint
from octoprint.access.permissions import Permissions
from octoprint.events import Events

from .controller_link import ControllerLink
from .one_connection import OneConnection
from .printer_link import OctoPrintSide
from .routes import make_blueprint
from .watch_link import Message, WatchLink

HERE = Path(__file__).parent
SCRIPTS = (
    "words",
    "api",
    "snapshot",
    "roles",
    "sign",
    "order_making",
    "order_measuring",
    "order_releasing",
    "order",
    "screens",
    "recipes",
    "core",
    "mdps",
)
CONNECT_AGAIN_S = 10.0


class MdpsPlugin(
    octoprint.plugin.SettingsPlugin,
    octoprint.plugin.TemplatePlugin,
    octoprint.plugin.AssetPlugin,
    octoprint.plugin.BlueprintPlugin,
    octoprint.plugin.StartupPlugin,
    octoprint.plugin.ShutdownPlugin,
    octoprint.plugin.EventHandlerPlugin,
    octoprint.plugin.WizardPlugin,
):
    """The face of the controller inside OctoPrint."""

    watch: WatchLink
    side: OctoPrintSide
    _connect_again_at = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.connecting = OneConnection()

    def initialize(self) -> None:
        """Everything injected is there now; nothing is started yet."""
        self.side = OctoPrintSide(self._printer, self._file_manager, self._settings)
        about = {"octoprint": octoprint.__version__, "plugin": self._plugin_version}
        link = ControllerLink(path=Path(self._settings.get(["socket"])))
        self.watch = WatchLink(link, about, self._tell, self._beat)

    def on_after_startup(self) -> None:
        """Begin to watch; the screens say "Asking the controller" until it answers."""
        self.side.remove_leftovers()
        self.watch.start()

    def on_shutdown(self) -> None:
        """End the heartbeat: the gate sees that the face has gone."""
        self.watch.close()

    def _tell(self, message: Message) -> None:
        # Tokens and states only; details go by permission-checked GET.
        self._plugin_manager.send_plugin_message(
            self._identifier, message, permissions=[Permissions.STATUS]
        )

    def _beat(self) -> None:
        if time.monotonic() >= self._connect_again_at:
            self._connect_again_at = time.monotonic() + CONNECT_AGAIN_S
            if self.connecting.is_given_up(time.monotonic(), self.side.is_connecting()):
                self.side.disconnect()
            else:
                self.side.connect_again()

    def on_event(self, event: str, _payload: dict[str, Any]) -> None:
        """Take the job file away when its print is over, however it ended."""
        if event in (Events.DISCONNECTED, Events.ERROR):
            self.connecting.ended()
        if event == Events.PRINTER_STATE_CHANGED:
            self.side.remove_leftovers()

    def handle_connect(self, *_args: object, **_settings: object) -> bool:
        """OctoPrint asks before it connects; true for "that is taken care of": it then does not."""
        return not self.connecting.may_begin(time.monotonic())

    def get_settings_defaults(self) -> dict[str, Any]:
        """The one setting: where the controller listens. Set in config.yaml by provisioning."""
        return {"socket": "/run/mdps/controller.sock"}

    def get_settings_restricted_paths(self) -> dict[str, Any]:
        """Nobody reads the path through the settings of the web page but an admin."""
        return {"admin": [["socket"]]}

    def on_settings_save(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Save nothing: what a browser may change is no place for where the lock is."""
        return {}

    def get_template_folder(self) -> str:
        """Beside this file, not beside the package."""
        return str(HERE / "templates")

    def get_asset_folder(self) -> str:
        """Beside this file, not beside the package."""
        return str(HERE / "static")

    def get_template_configs(self) -> list[dict[str, Any]]:
        """Navbar, card, tab, dialogs, settings pane, wizard: one view model serves them all."""
        rows: tuple[dict[str, Any], ...] = (
            {"type": "navbar"},
            {"type": "sidebar", "name": "MDPS", "icon": "lock"},
            {"type": "tab", "name": "MDPS"},
            {"type": "generic", "template": "mdps_dialogs.jinja2"},
            {"type": "settings", "name": "MDPS"},
            {"type": "wizard", "name": "MDPS", "mandatory": False},
        )
        return [{"custom_bindings": True, **row} for row in rows]

    def get_template_vars(self) -> dict[str, Any]:
        """For the footer of the tab."""
        return {"version": self._plugin_version}

    def is_template_autoescaped(self) -> bool:
        """Every value is escaped."""
        return True

    def get_assets(self) -> dict[str, list[str]]:
        """Travel in OctoPrint's packed bundle: no request of their own."""
        return {"js": [f"js/{name}.js" for name in SCRIPTS], "css": ["css/mdps.css"]}

    def get_blueprint(self) -> Blueprint:
        """The routes of the table in :mod:`.routes`."""
        return make_blueprint(self._identifier, self.get_blueprint_kwargs(), self)

    def is_blueprint_csrf_protected(self) -> bool:
        """A browser needs the token, an API key does not."""
        return True

    def is_blueprint_protected(self) -> bool:
        """Nothing without a login; each route asks for its permission besides."""
        return True

    def is_wizard_required(self) -> bool:
        """Shown once; OctoPrint remembers the version."""
        return True

    def get_wizard_version(self) -> int:
        """Counts up when the wizard has something new to say."""
        return 1
