"""Business rules beyond the schema: small pure functions in a table, findings as values."""

from ddex.ern.rules.context import Context, Feed, HashKey, History
from ddex.ern.rules.files import find_files, safe_path
from ddex.ern.rules.hashes import needed_hashes
from ddex.ern.rules.table import all_rules, check, check_files, rule, skipped

__all__ = [
    "Context",
    "Feed",
    "HashKey",
    "History",
    "all_rules",
    "check",
    "check_files",
    "find_files",
    "needed_hashes",
    "rule",
    "safe_path",
    "skipped",
]
