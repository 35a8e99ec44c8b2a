"""Business rules beyond the schema: small pure functions in a table, findings as values."""

from ddex.ern.rules.context import Context, Feed, HashKey, History
from ddex.ern.rules.files import find_files, safe_path
from ddex.ern.rules.hashes import needed_hashes
from ddex.ern.rules.media import MediaFacts, MediaKey, needed_media
from ddex.ern.rules.policy import NORMAL, Policy, PolicyInvalid, apply, read_policy
from ddex.ern.rules.table import all_rules, check, check_late, rule, skipped

__all__ = [
    "NORMAL",
    "Context",
    "Feed",
    "HashKey",
    "History",
    "MediaFacts",
    "MediaKey",
    "Policy",
    "PolicyInvalid",
    "all_rules",
    "apply",
    "check",
    "check_late",
    "find_files",
    "needed_hashes",
    "needed_media",
    "read_policy",
    "rule",
    "safe_path",
    "skipped",
]
