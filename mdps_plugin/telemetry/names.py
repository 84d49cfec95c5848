"""Who a cell is on the broker: topics, identifiers, schema addresses. Pure.

``mdps/v1/{institution}/{site}/{cell}/evt/{kind}`` up, not retained; ``…/state`` up, retained, and
the last will; ``…/ack`` down. Levels are lower-case letters, digits, hyphens and (the kind)
underscores: what every broker takes as it is. Nothing of a patient ever stands in a topic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOT = "mdps/v1"
SCHEMAS = "https://mdps.example/schemas"
LEVEL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, kw_only=True)
class CellName:
    """Names of a cell; ``origin`` is that of its audit log."""

    institution: str
    site: str
    cell: str
    origin: str

    def __post_init__(self) -> None:
        """Refuse a name that would be another topic: misuse, the configuration checks it."""
        for level in (self.institution, self.site, self.cell):
            if LEVEL.fullmatch(level) is None:
                raise RuntimeError(f"not a topic level: {level!r}")

    @property
    def base(self) -> str:
        """The part that all topics of the cell share."""
        return f"{ROOT}/{self.institution}/{self.site}/{self.cell}"

    def event_topic(self, kind: str) -> str:
        """Where events of a kind go."""
        return f"{self.base}/evt/{kind}"

    @property
    def state_topic(self) -> str:
        """Where the retained state and the last will go."""
        return f"{self.base}/state"

    @property
    def ack_topic(self) -> str:
        """Where the registry says how far it has stored: the only topic that a cell listens to."""
        return f"{self.base}/ack"

    @property
    def source(self) -> str:
        """CloudEvents ``source``."""
        return f"urn:mdps:{self.institution}:{self.site}:{self.cell}"

    @property
    def client_id(self) -> str:
        """MQTT client identifier, the same at every start: the broker keeps the session by it."""
        return f"mdps-{self.institution}-{self.site}-{self.cell}"
