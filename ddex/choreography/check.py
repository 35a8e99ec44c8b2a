"""What can be wrong with a choreography message beyond its schema. Codes `ERNC-` + rule number +
running number; rule 0 where no rule of ERN has the thought.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ddex.choreography.reading import UNREADABLE
from ddex.ern.rules import hashes, safe_path
from ddex.findings import Finding, Rule, Severity, clip
from ddex.xml import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ddex.choreography.answers import Acknowledgement
    from ddex.choreography.manifest import Manifest
    from ddex.ern.model import HashSum

_CLAUSE = "DDEX ERN-C, choreography messages"


def _rule(code: str, number: int, text: str, remedy: str, wrong: str, right: str) -> Rule:
    return Rule(
        code=code,
        number=number,
        severity=Severity.WARN,
        ack_status="",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


BY_STRUCTURE = _rule(
    "ERNC-0102",
    1,
    "The version of a choreography message has a schema: 1.6 and 1.8 have.",
    "Send 1.6 or 1.8; other versions are read as far as their structure is the same.",
    "http://ddex.net/xml/ern-c-sftp/17",
    "http://ddex.net/xml/ern-c-sftp/18",
)
COUNT = _rule(
    "ERNC-0001",
    0,
    "NumberOfMessages is the number of messages in the manifest.",
    "Count the MessageInBatch elements.",
    "<NumberOfMessages>3</NumberOfMessages> with one MessageInBatch",
    "<NumberOfMessages>1</NumberOfMessages> with one MessageInBatch",
)
TWICE = _rule(
    "ERNC-0002",
    0,
    "A manifest lists each message once.",
    "Remove the second entry, or correct its URL.",
    "two entries with <URL>./A/A.xml</URL>",
    "<URL>./A/A.xml</URL> and <URL>./B/B.xml</URL>",
)
NO_STATUS = _rule(
    "ERNC-0003",
    0,
    "An acknowledgement says what became of a message.",
    "Add a ReleaseStatus with an Acknowledgement and its MessageStatus.",
    "<MessageHeader>…</MessageHeader></AcknowledgementMessage>",
    "<ReleaseStatus>…<Acknowledgement>…<MessageStatus><Status>FileOK</Status>",
)
OUTSIDE = _rule(
    "ERNC-1901",
    19,
    "The URL of a message stays inside the batch.",
    "Write the path of the XML relative to the batch's root folder.",
    "<URL>../other/other.xml</URL>",
    "<URL>./0602445000012/0602445000012.xml</URL>",
)
HASH_FORM = _rule(
    "ERNC-2001",
    20,
    "A hash has the length of its algorithm, in hexadecimal or base64.",
    "Compute the hash again and write it whole; the message can't be compared with this one.",
    "<HashSum>9e107d9d</HashSum><HashSumAlgorithmType>MD5</HashSumAlgorithmType>",
    "<HashSum>9e107d9d372bb6826bd81d3542a419d6</HashSum>",
)
TEST_BATCH = Rule(
    code="ERN-0310",
    number=3,
    severity=Severity.REJECT,
    ack_status="UserDefined",
    clause=_CLAUSE,
    text="A batch whose manifest says it is a test comes by a feed that takes tests.",
    remedy="Send it to a feed that takes tests, or set IsTestFlag to false.",
    wrong="<IsTestFlag>true</IsTestFlag>",
    right="<IsTestFlag>false</IsTestFlag>",
)
COMPLETED_OTHERWISE = Rule(
    code="ERN-0021",
    number=0,
    severity=Severity.REJECT,
    ack_status="UserDefined",
    clause=_CLAUSE,
    text="A batch is completed as agreed with the feed: by a manifest, or by an empty file.",
    remedy="Send the BatchComplete file again as a whole manifest (or empty, if that is agreed).",
    wrong="BatchComplete_20260105100500123.xml of 0 bytes in a feed that completes by manifest",
    right="BatchComplete_20260105100500123.xml with a ManifestMessage",
)
OTHER_ROOT = _rule(
    "ERNC-0004",
    0,
    "RootDirectory names the folder of the batch.",
    "Write the name of the batch's folder into RootDirectory.",
    "<RootDirectory>N_20260105100500999</RootDirectory>",
    "<RootDirectory>N_20260105100500123</RootDirectory>",
)
OTHER_BATCH = _rule(
    "ERNC-0005",
    0,
    "A BatchComplete file bears the id of the batch folder that it lies in.",
    "Name it BatchComplete_ and the digits of the batch's folder.",
    "N_20260105100500123/BatchComplete_20260105100500999.xml",
    "N_20260105100500123/BatchComplete_20260105100500123.xml",
)
RULES: tuple[Rule, ...] = (
    OTHER_ROOT,
    OTHER_BATCH,
    UNREADABLE,
    BY_STRUCTURE,
    COUNT,
    TWICE,
    NO_STATUS,
    OUTSIDE,
    HASH_FORM,
    TEST_BATCH,
    COMPLETED_OTHERWISE,
)


def check_manifest(found: Manifest) -> Iterator[Finding]:
    """Faults of a manifest by itself."""
    count = len(found.messages)
    if found.stated != count:
        stated = "no number" if found.stated is None else str(found.stated)
        place = Spot(xpath="/ManifestMessage/NumberOfMessages")
        text = f"The manifest lists {count} messages and says {stated}."
        yield COUNT.at(place, text, value=stated, expected=str(count))
    seen: Counter[str] = Counter()
    for index, each in enumerate(found.messages, 1):
        steps = f"/ManifestMessage/MessageInBatch{f'[{index}]' if count > 1 else ''}"
        seen[each.url] += 1
        if seen[each.url] > 1:
            text = f"The manifest lists {clip(each.url)!r} more than once."
            yield TWICE.at(Spot(xpath=f"{steps}/URL"), text, value=each.url)
        if isinstance(safe_path(each.url), Finding):
            text = f"The URL {clip(each.url)!r} is no path inside the batch."
            yield OUTSIDE.at(Spot(xpath=f"{steps}/URL"), text, value=each.url)
        yield from _hash(each.hash_sum, f"{steps}/HashSum")


def _hash(declared: HashSum | None, xpath: str) -> Iterator[Finding]:
    name = hashes.algorithm(declared.algorithm) if declared else None
    if declared and name and hashes.digest(declared.value, hashes.SIZES[name]) is None:
        text = f"{clip(declared.value)!r} can't be a hash of {clip(declared.algorithm)}."
        yield HASH_FORM.at(Spot(xpath=xpath), text, value=declared.value)


def check_acknowledgement(found: Sequence[Acknowledgement]) -> Iterator[Finding]:
    """Faults of an acknowledgement by itself."""
    if not any(each.statuses for each in found):
        yield NO_STATUS.at(None, "The acknowledgement has no status of any message.")
