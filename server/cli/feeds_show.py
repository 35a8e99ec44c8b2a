"""A feed as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAIN = ("id", "username", "choreography", "acknowledgement", "policy_name")


def lines(feed: dict[str, Any]) -> Iterator[str]:
    """Name and state, settings, terms that limit something, credentials, figures."""
    yield f"{feed['name']} ({'disabled' if feed['disabled'] else 'enabled'})"
    for key in _MAIN:
        yield f"  {key.removesuffix('_name'):18} {feed[key]}"
    yield f"  {'party ids':18} {', '.join(feed['dpids'])}"
    yield f"  {'protocols':18} {', '.join(feed['protocols'])}"
    yield from _terms(feed["terms"])
    yield "Credentials"
    for one in feed["credentials"]:
        yield f"  {_credential(one)}"
    if not feed["credentials"]:
        yield f"  none; add one: segue feeds credentials add {feed['id']} --kind password"
    yield from _figures(feed)
    for note in feed["notes"]:
        yield f"Note: {note}"


def _terms(terms: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """What differs from `no limit`."""
    for key, value in terms.items():
        if key == "schedule":
            continue
        if isinstance(value, dict):
            yield from _terms(value, f"{key}.")
        elif value not in (None, "", [], 0, False):
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"  {prefix + key.removesuffix('_text'):18} {shown}"


def _credential(one: dict[str, Any]) -> str:
    until = f", until {one['expires_at'][:16]}" if one["expires_at"] else ""
    used = f"used {one['last_used_at'][:16]}" if one["last_used_at"] else "never used"
    about = one["label"] or one["fingerprint"] or one["public"]
    state = "" if one["valid"] else ", ended"
    return f"{one['id']}  {one['kind']:14} {about} ({used}{until}{state})"


def _figures(feed: dict[str, Any]) -> Iterator[str]:
    figures, used = feed["statistics"], feed["usage"]
    yield f"Last {len(feed['daily'])} days"
    told = f"{figures['failures']} failed, {figures['held']} held, {figures['in_work']} in work"
    yield f"  {'deliveries':18} {figures['deliveries']} ({told})"
    if figures["mean_s"] is not None:
        yield f"  {'answered in':18} mean {figures['mean_s']:.1f} s, p95 {figures['p95_s']:.1f} s"
    sla = figures["sla"]
    if sla["minutes"]:
        told = f"{sla['met']} in time, {sla['breached']} late, {sla['overdue']} overdue now"
        yield f"  {'SLA':18} {sla['minutes']} min: {told}"
    yield f"  {'last activity':18} {figures['last_activity'] or 'never'}"
    yield f"  {'in the inbox':18} {used['files']} files, {used['bytes']} bytes"
