"""The rules of the DSR checker as a table; `docs` are made from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: stable code, `error` or `warning`, what it asks, how to mend a breach."""

    code: str
    level: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of a file. `line` is 1-based (0: the file as a whole), `cell` a cell's name."""

    level: str
    code: str
    line: int
    cell: str
    record: str
    value: str
    message: str
    remedy: str

    def to_json(self) -> dict[str, Any]:
        """All fields as plain JSON values."""
        return asdict(self)


def _error(code: str, text: str, remedy: str) -> Rule:
    return Rule(f"DSR-{code}", "error", text, remedy)


def _warning(code: str, text: str, remedy: str) -> Rule:
    return Rule(f"DSR-{code}", "warning", text, remedy)


NAME = _error(
    "001",
    "The file name follows DSR_Recipient_Sender_Service_Period_Territory_xofy_Stamp.tsv[.gz].",
    "Name it by the pattern; leave two underscores for a part that is left out.",
)
NAME_HEAD = _error("002", "The file name says what HEAD says.", "Rename the file, or correct HEAD.")
NAME_STAMP = _warning(
    "003",
    "The stamp of the file name is the MessageCreatedDateTime of HEAD.",
    "Use one time for both.",
)
NAME_TERRITORY = _error(
    "004",
    "A file named after one territory has summary records of that territory only.",
    "Name the territory `multi`, or split the report.",
)
ENCODING = _error("010", "The file is UTF-8 without a byte order mark.", "Save it as plain UTF-8.")
COMPRESSION = _error(
    "011", "A compressed file is one whole gzip stream.", "Compress it again with gzip."
)
EMPTY = _error(
    "012", "The file has at least HEAD, a summary record and a footer.", "Send it again."
)
LONG_LINE = _error(
    "013", "A line has at most 1,000,000 bytes.", "Look for a missing line end before this line."
)
EMPTY_LINE = _error("014", "No line is empty.", "Remove the empty line; tools stop reading at it.")
CONTROL = _error(
    "015", "Cells have no control characters.", "Remove the character, or put a blank in its place."
)
SIZE = _warning(
    "016",
    "A file has at most 4,000,000,000 bytes uncompressed, unless agreed.",
    "Split the report into parts.",
)
HEAD_FIRST = _error("101", "The first line is HEAD.", "Begin the file with its HEAD record.")
PROFILE = _error(
    "102", "HEAD names a known profile.", "Write the profile's name as DDEX spells it."
)
VERSION = _error(
    "103", "HEAD names a known version of the profile.", "Use a version that both sides know."
)
RECORD = _error(
    "104",
    "Each record type belongs to the profile.",
    "Remove the record, or correct its first cell.",
)
ORDER = _error(
    "105",
    "Records stand in the order of the profile.",
    "HEAD, then summary records, then rows or blocks, then the footer.",
)
NO_SUMMARY = _error("106", "There is at least one summary record.", "Add the summary record.")
NO_FOOTER = _error(
    "107",
    "The last record is the footer of the profile (SRFO in single-record files, else FOOT).",
    "End the file with the footer; a file without one is cut off.",
)
AFTER_FOOTER = _error("108", "Nothing follows the footer.", "Move or remove what follows.")
BLOCK = _error(
    "109",
    "The records of a block stand together under a BlockId of their own, an integer.",
    "Number blocks anew; give all records of one block the same BlockId.",
)
SINGLE_FILE = _error(
    "110", "A single-record report is one file, 1 of 1.", "Write FileNumber 1 and NumberOfFiles 1."
)
MESSAGE_VERSION = _error(
    "111", "MessageVersion is `dsrf/…`.", "Write e.g. dsrf/1.1.2/1.6/1.0 (Part 1, AVS, Part 8)."
)
PARTS = _error(
    "112",
    "A part's number lies between 1 and the number of parts.",
    "Number the parts from 1 on; NumberOfFiles is how many there are.",
)
CELL_COUNT = _error(
    "201",
    "Each record has its full number of cells.",
    "Keep empty cells as tabs; escape tabs inside of texts.",
)
MANDATORY = _error("202", "Mandatory cells are filled.", "Fill the cell; a zero is written as 0.")
TYPE = _error("203", "The value has the type of the cell.", "Write it as the message says.")
ALLOWED = _error("204", "The value is an allowed one.", "Take a value of DDEX's allowed-value set.")
ESCAPE = _warning(
    "205",
    "Pipes and backslashes in cells of one value are escaped.",
    "Write \\\\| for a pipe and \\\\\\ for a backslash, or use a blank.",
)
BLANKS = _warning("206", "No blanks stand around delimiters.", "Trim the cell.")
SCHEMA = _error("209", "The record is valid by the DSRF schema.", "Correct the cell named.")
SUMMARY_TWICE = _error(
    "301", "Each SummaryRecordId is used by one summary record.", "Number the summary records anew."
)
SUMMARY_UNKNOWN = _error(
    "302", "Each row's SummaryRecordId is that of a summary record.", "Point to one that is there."
)
REFERENCE = _error(
    "303", "References resolve within their block.", "Point to a record of the same block."
)
ONE_TRANSACTED = _error(
    "304",
    "A usage names either a release or a resource.",
    "Fill exactly one of TransactedRelease and TransactedResource.",
)
TRANSACTION_TWICE = _error(
    "305", "Each SalesTransactionId is used once in a report.", "Number the rows anew."
)
NET_USAGE = _error("306", "NetUsage is TotalUsages less Returns.", "Correct the three cells.")
PERIOD = _warning(
    "307",
    "Dates lie within the period of HEAD, and its start is not after its end.",
    "Correct the dates, or report late usage by agreement.",
)
DATES = _error("308", "A period starts before it ends.", "Swap or correct the dates.")
REFERENCE_TWICE = _error(
    "309",
    "A reference stands for one record of its block.",
    "Number the releases and resources of a block anew.",
)
USAGES_SUM = _error(
    "401",
    "A summary's AllocatedUsages is the sum of its rows.",
    "Add up the rows again; report returns in their own cell.",
)
REVENUE_SUM = _error(
    "402",
    "A summary's allocated revenue is the sum of its rows, in both currencies.",
    "Round the rows so that they add up exactly (largest remainder).",
)
MORE_THAN_ALL = _error(
    "403", "Rows do not add up to more than the service's usage.", "Correct Usages or the rows."
)
LESS_THAN_ALL = _error(
    "404",
    "Without AllocatedUsages the rows add up to the usage of the summary.",
    "If the report covers a part of the service, fill AllocatedUsages; else correct the sum.",
)
MAYBE_LESS = _warning(
    "405",
    "The rows add up to the usage of a summary that can't tell a part of it.",
    "Right only if the report covers a part of the service.",
)
SHARE_TOO_BIG = _warning(
    "406",
    "A recipient's usage is not more than that of the whole service.",
    "Usages is the whole service's; right only where others have more returns than usage.",
)
LINES = _error(
    "501",
    "The footer counts all lines, with HEAD, comments and itself.",
    "Count again; a difference means that lines were lost.",
)
SUMMARIES = _error("502", "The footer counts the summary records.", "Count again.")
BLOCKS = _error("503", "The footer counts the blocks.", "Count again.")
MISSING_PART = _error(
    "504", "All parts of a report are there, each once.", "Check all parts of the report together."
)
OTHER_SUMMARIES = _error(
    "505",
    "Summary records are the same in every part of a report.",
    "Repeat the summary records of the first part.",
)
CHECK_DPID = _warning("601", "The check character of a DPID is right.", "Look the DPID up.")
CHECK_ISNI = _warning("602", "The check digit of an ISNI is right.", "Look the ISNI up.")
CHECK_ISWC = _warning("603", "The check digit of an ISWC is right.", "Look the ISWC up.")
CHECK_ICPN = _warning("604", "The check digit of an ICPN is right.", "Look the barcode up.")
CHECK_GRID = _warning("605", "A GRid has its form and check character.", "Look the GRid up.")
MORE = _warning(
    "999", "Findings are few enough to be listed.", "Mend those listed and check again."
)

RULES: tuple[Rule, ...] = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
