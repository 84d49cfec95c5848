"""Is the controller's own ground sound: clock, log, disk? (21 CFR 11.10)

The quality system being away never stops a build: the log keeps everything until it is back.
"""

from __future__ import annotations

from ...findings import Finding
from .. import codes
from ..evidence import ControllerHealth, Evidence, SitePolicy
from ..kinds import found

#: The machine's clock may lie this far behind the newest entry (docs/threat-model.md, "Clock").
CLOCK_BEHIND_S = 120.0


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Refuses on a clock set back, a log that is not whole or writable, a full disk."""
    return check_health(evidence.health, evidence.site)


def check_health(health: ControllerHealth, site: SitePolicy) -> tuple[Finding, ...]:
    """The same for any moment."""
    findings: list[Finding] = []
    # Written the positive way round, so that a value that is no number refuses.
    if not health.clock_behind_s <= CLOCK_BEHIND_S:
        findings.append(
            found(
                codes.CLOCK_BACK,
                measured=round(health.clock_behind_s, 1),
                limit=CLOCK_BEHIND_S,
                unit="s",
            )
        )
    if not (health.log_writable and health.log_whole):
        findings.append(found(codes.LOG_NOT_WRITABLE, measured=health.log_fault or "No answer."))
    if not health.disk_free_mb >= site.disk_free_at_least_mb:
        findings.append(
            found(
                codes.DISK_FULL,
                measured=health.disk_free_mb,
                limit=site.disk_free_at_least_mb,
                unit="MB",
            )
        )
    oldest_s = health.unconfirmed_oldest_s
    if oldest_s is not None and oldest_s / 3600.0 > site.unconfirmed_at_most_h:
        findings.append(
            found(
                codes.QMS_UNCONFIRMED,
                measured=round(oldest_s / 3600.0, 1),
                limit=site.unconfirmed_at_most_h,
                unit="h",
            )
        )
    return tuple(findings)
