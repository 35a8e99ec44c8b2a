"""Rule 14: identifiers of parties and works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules.places import Below, nth
from ddex.findings import Finding, Rule, Severity, clip
from ddex.identifiers import dpid, ipi, ipn, isni, isni_check_digit, iswc, mod_37_36

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ddex.ern.model import Message
    from ddex.ern.rules.context import Context
    from ddex.findings import Placed


def _rule(code: str, clause: str, text: str, remedy: str, wrong: str, right: str) -> Rule:
    return Rule(
        code=code,
        number=14,
        severity=Severity.WARN,
        ack_status="IdentifierSyntaxInvalid",
        clause=clause,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


BAD_DPID = _rule(
    "ERN-1401",
    "DDEX party identifier standard, form",
    "A DPID is PADPIDA and eleven letters or digits.",
    "Write the DPID that DDEX gave to the party, e.g. PADPIDA2013042401U.",
    "<DPID>PADPIDA42</DPID>",
    "<DPID>PADPIDA2013042401U</DPID>",
)
BAD_DPID_CHECK = _rule(
    "ERN-1402",
    "DDEX party identifier standard, check character (ISO 7064 mod 37,36)",
    "The last character of a DPID is the check character of the others.",
    "Check the DPID; one character is wrong.",
    "<DPID>PADPIDA2013042401V</DPID>",
    "<DPID>PADPIDA2013042401U</DPID>",
)
BAD_ISNI = _rule(
    "ERN-1403",
    "ISO 27729, form",
    "An ISNI has fifteen digits and a digit or X.",
    "Write the ISNI without blanks, or leave it out.",
    "<ISNI>the-lanterns</ISNI>",
    "<ISNI>0000000512000013</ISNI>",
)
BAD_ISNI_CHECK = _rule(
    "ERN-1404",
    "ISO 27729, check character (ISO 7064 mod 11-2)",
    "The last character of an ISNI is the check character of the others.",
    "Check the ISNI; one character is wrong.",
    "<ISNI>0000000512000014</ISNI>",
    "<ISNI>0000000512000013</ISNI>",
)
BAD_ISWC = _rule(
    "ERN-1405",
    "ISO 15707, form",
    "An ISWC is T and ten digits.",
    "Write the ISWC of the work, e.g. T0345246801, or leave it out.",
    "<ISWC>WORK-1</ISWC>",
    "<ISWC>T0345246801</ISWC>",
)
BAD_IPI = _rule(
    "ERN-1406",
    "CISAC, IPI name number",
    "An IPI name number has eleven digits.",
    "Fill it up with zeros on the left, or leave it out.",
    "<IpiNameNumber>123</IpiNameNumber>",
    "<IpiNameNumber>00000000123</IpiNameNumber>",
)
BAD_IPN = _rule(
    "ERN-1407",
    "SCAPR, International Performer Number",
    "An IPN is a number of at most eleven digits.",
    "Write the performer's number in the IPD, or leave it out.",
    "<PartyId><IPN>Ada F.</IPN></PartyId>",
    "<PartyId><IpiNameNumber>00000000123</IpiNameNumber></PartyId>",
)
RULES: tuple[Rule, ...] = (
    BAD_DPID,
    BAD_DPID_CHECK,
    BAD_ISNI,
    BAD_ISNI_CHECK,
    BAD_ISWC,
    BAD_IPI,
    BAD_IPN,
)


def check_party_ids(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 14."""
    yield from _check_header(message)
    done: set[tuple[str, str]] = set()
    for party in message.parties:
        for each in party.identifiers:
            judge = _JUDGES.get(each.kind)
            known = (each.kind, each.value) in done and party.reference.startswith("#")
            if judge and not known:  # ERN 3.8 repeats the ids of an artist with each track
                yield from judge(each.value, each.place)
            done.add((each.kind, each.value))
    for resource in message.resources:
        for work in resource.works:
            if work.kind == "ISWC" and iswc(work.value) is None:
                text = f"{clip(work.value)!r} is no ISWC."
                yield BAD_ISWC.at(work.place, text, value=work.value, expected="T0000000000")


def _check_header(message: Message) -> Iterator[Finding]:
    header = message.header
    if header.sender_dpid:
        yield from _dpid(header.sender_dpid, Below(header.place, "MessageSender/PartyId"))
    if header.on_behalf_of_dpid:
        yield from _dpid(header.on_behalf_of_dpid, Below(header.place, "SentOnBehalfOf/PartyId"))
    count = len(header.recipients)
    for index, recipient in enumerate(header.recipients):
        spot = nth(header.place, "MessageRecipient", index, count)
        yield from _dpid(recipient, Below(spot, "PartyId"))


def _dpid(value: str, place: Placed) -> Iterator[Finding]:
    normal = dpid(value)
    if normal is None:
        text = f"{clip(value)!r} is no DPID."
        yield BAD_DPID.at(place, text, value=value, expected="PADPIDA and 11 characters")
    elif mod_37_36(normal[:-1]) != normal[-1]:
        right = mod_37_36(normal[:-1])
        text = f"The check character of DPID {clip(value)} should be {right}."
        yield BAD_DPID_CHECK.at(place, text, value=value, expected=right)


def _isni(value: str, place: Placed) -> Iterator[Finding]:
    normal = isni(value)
    if normal is None:
        text = f"{clip(value)!r} is no ISNI."
        yield BAD_ISNI.at(place, text, value=value, expected="16 digits, the last may be X")
    elif isni_check_digit(normal[:-1]) != normal[-1]:
        right = isni_check_digit(normal[:-1])
        text = f"The check character of ISNI {clip(value)} should be {right}."
        yield BAD_ISNI_CHECK.at(place, text, value=value, expected=right)


def _ipi(value: str, place: Placed) -> Iterator[Finding]:
    if ipi(value) is None:
        text = f"{clip(value)!r} is no IPI name number."
        yield BAD_IPI.at(place, text, value=value, expected="11 digits")


def _ipn(value: str, place: Placed) -> Iterator[Finding]:
    if ipn(value) is None:
        text = f"{clip(value)!r} is no IPN."
        yield BAD_IPN.at(place, text, value=value, expected="1 to 11 digits")


_JUDGES: dict[str, Callable[[str, Placed], Iterator[Finding]]] = {
    "DPID": _dpid,
    "ISNI": _isni,
    "IpiNameNumber": _ipi,
    "IPN": _ipn,
}
