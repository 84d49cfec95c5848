"""The table of HTTP routes: verb, method, who may ask. Needs no OctoPrint and converts nothing."""

from __future__ import annotations

from dataclasses import dataclass

from .hooks import BUILD, INSPECT, QUALITY, RELEASE

ANYBODY: tuple[str, ...] = ()
READERS = (BUILD, RELEASE, QUALITY, INSPECT)
MAKERS = (BUILD, RELEASE, QUALITY)


@dataclass(frozen=True)
class Route:
    """One verb: HTTP method, who may ask (any one of these), path arguments, patience."""

    verb: str
    method: str
    needs: tuple[str, ...]
    path: str = ""
    timeout_s: float = 10.0


ROUTES = (
    Route("state", "GET", ANYBODY),
    Route("snapshot", "GET", ANYBODY),
    Route("registers", "GET", READERS),
    Route("recipes", "GET", READERS, timeout_s=60.0),
    Route("repositories", "GET", READERS, timeout_s=60.0),
    Route("made_from", "GET", READERS, "/<recipe_digest>"),
    Route("orders", "GET", READERS),
    Route("order", "GET", READERS, "/<order_id>"),
    Route("picture", "GET", READERS, "/<order_id>"),
    Route("lots", "GET", READERS),
    Route("people", "GET", READERS),
    Route("documents", "GET", READERS, "/<build_id>"),
    Route("document", "GET", READERS, "/<build_id>/<name>", 60.0),
    Route("record", "GET", READERS, "/<build_id>", 60.0),
    Route("log_tail", "GET", READERS, "/<int:count>"),
    Route("verify_log", "POST", READERS, timeout_s=600.0),
    Route("export", "POST", (QUALITY, INSPECT), timeout_s=600.0),
    Route("receive_order", "POST", MAKERS, timeout_s=120.0),
    Route("verify_order", "POST", MAKERS),
    Route("permit_build", "POST", MAKERS, timeout_s=60.0),
    Route("start_build", "POST", MAKERS, timeout_s=60.0),
    Route("hold", "POST", MAKERS),
    Route("resume", "POST", MAKERS),
    # Whoever sees that something is wrong may stop it, whatever their role.
    Route("stop", "POST", READERS),
    Route("start_step", "POST", MAKERS),
    Route("sign_step", "POST", MAKERS),
    Route("sign_inspection", "POST", MAKERS),
    Route("sign_release", "POST", (RELEASE, QUALITY), timeout_s=60.0),
    Route("reject", "POST", MAKERS),
    Route("raise_deviation", "POST", MAKERS),
    Route("decide_deviation", "POST", (QUALITY,)),
    Route("hand_over", "POST", MAKERS),
    Route("receive_lot", "POST", MAKERS),
    Route("open_lot", "POST", MAKERS),
    Route("dry_lot", "POST", MAKERS),
    Route("import_recipes", "POST", MAKERS, timeout_s=120.0),
    Route("approve_recipe", "POST", (QUALITY,), timeout_s=60.0),
    Route("withdraw_recipe", "POST", (QUALITY,)),
    Route("quarantine_lot", "POST", (QUALITY,)),
    Route("record_training", "POST", (QUALITY,)),
    Route("record_calibration", "POST", (QUALITY,)),
    Route("record_room", "POST", MAKERS),
    Route("qualify_printer", "POST", (QUALITY,), timeout_s=60.0),
    # Signed, and on record with the reason before the name is shown.
    Route("patient_name", "POST", (BUILD, QUALITY), timeout_s=60.0),
)
