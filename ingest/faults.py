"""The error codes of the pipeline itself, beside those of `ddex.ern.rules`: one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.findings import Rule, Severity

if TYPE_CHECKING:
    from ddex.ern.examine import Examination
    from ddex.findings import Finding

OURS = Rule(
    code="ERN-0001",
    number=0,
    severity=Severity.HOLD,
    ack_status="InternalError",
    clause="ERN-C Part 3, acknowledgements",
    text="Segue can process what it received.",
    remedy="Nothing yet: the operator has been told, and a further acknowledgement follows.",
)
NOT_PROCESSED = Rule(
    code="ERN-0002",
    number=0,
    severity=Severity.HOLD,
    ack_status="UserDefined",
    clause="ERN Part 1, messages",
    text="Segue acts on NewReleaseMessages by itself.",
    remedy="Nothing: the operator decides on other messages. A take-down is a NewReleaseMessage.",
)
NO_SCHEMA = Rule(
    code="ERN-0003",
    number=2,
    severity=Severity.WARN,
    ack_status="",
    clause="ERN Part 1, XML schema",
    text="A message is checked against the schema of its version.",
    remedy="Nothing for the sender: the operator adds the schema (setting `ddex.schemas`).",
)
NO_MESSAGE = Rule(
    code="ERN-0100",
    number=1,
    severity=Severity.REJECT,
    ack_status="ErnMissing",
    clause="ERN-C Part 3, batch profile, folder structure",
    text="Each release folder of a batch holds its message, named like the folder.",
    remedy="Put the message into the release folder and complete the batch again.",
    wrong="N_20260105100500123/0602445000012/resources/01.flac",
    right="N_20260105100500123/0602445000012/0602445000012.xml",
)
NO_AUDIO = Rule(
    code="ERN-1907",
    number=19,
    severity=Severity.REJECT,
    ack_status="ResourceMissing",
    clause="ERN Part 1, SoundRecording/TechnicalDetails",
    text="Each sound recording of the release has its audio, in this delivery or an earlier one.",
    remedy="Name the audio file in TechnicalDetails and send it with the message.",
)

DISGUISED = Rule(
    code="ERN-0010",
    number=0,
    severity=Severity.REJECT,
    ack_status="ResourceCorrupt",
    clause="Segue, what files may be",
    text="No file is a program, an archive or a web page, or has one in it.",
    remedy="Send the media file itself; don't pack or wrap it.",
    wrong="cover.jpg that begins with <html>",
    right="cover.jpg that begins with FF D8 FF",
)
MISNAMED = Rule(
    code="ERN-0011",
    number=0,
    severity=Severity.WARN,
    ack_status="",
    clause="Segue, what files may be",
    text="The extension of a file says what it is.",
    remedy="Name the file by its format, in the message too.",
    wrong="cover.jpg that is a PNG file",
    right="cover.png",
)
INFECTED = Rule(
    code="ERN-0012",
    number=0,
    severity=Severity.REJECT,
    ack_status="ResourceCorrupt",
    clause="Segue, virus scan",
    text="No file is infected, as the virus scanner of this service sees it.",
    remedy="Clean the machine that the file comes from, then send a clean file; the infected one "
    "was put away.",
)
UNSCANNED = Rule(
    code="ERN-0013",
    number=0,
    severity=Severity.HOLD,
    ack_status="",
    clause="Segue, virus scan",
    text="Every file can be scanned for viruses.",
    remedy="Nothing: the operator decides on files that are too large for the scanner.",
)

RULES: tuple[Rule, ...] = (
    OURS,
    NOT_PROCESSED,
    NO_SCHEMA,
    NO_MESSAGE,
    NO_AUDIO,
    DISGUISED,
    MISNAMED,
    INFECTED,
    UNSCANNED,
)


def unvalidated(examined: Examination) -> tuple[Finding, ...]:
    """Says of a message that could be read that no schema checked it."""
    if examined.schema != "absent" or examined.message is None:
        return ()
    text = "The schema check was skipped: this service has no schema of this ERN version."
    return (NO_SCHEMA.at(None, text, value=examined.version),)
