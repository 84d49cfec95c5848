"""Is the printer free, and does the order still need a build? (rows 1, 26)"""

from __future__ import annotations

from ...findings import Finding
from .. import codes
from ..evidence import Evidence
from ..kinds import found


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """No other build is open; the order has fewer builds than it asks for."""
    findings = [
        found(codes.BUILD_OPEN, measured=build.build_id, state=build.state)
        for build in evidence.builds
        if build.open
    ]
    made = sum(
        1 for build in evidence.builds if build.made and build.order_id == evidence.order.order_id
    )
    if made >= evidence.order.quantity:
        findings.append(
            found(codes.QUANTITY, measured=made, limit=evidence.order.quantity, path="quantity")
        )
    return tuple(findings)
