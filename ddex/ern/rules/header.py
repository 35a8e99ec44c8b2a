"""Rules 3 and 4: sender, recipient, test flag, and message ids seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules.places import Below, nth
from ddex.findings import Finding, Rule, Severity, clip
from ddex.identifiers import compact, dpid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Message
    from ddex.ern.rules.context import Context

_HEADER = "DDEX ERN part 1, MessageHeader"
FOREIGN_SENDER = Rule(
    code="ERN-0301",
    number=3,
    severity=Severity.REJECT,
    ack_status="UserDefined",
    clause=_HEADER,
    text="The MessageSender is the party that this delivery account belongs to.",
    remedy="Send with your own DPID in MessageSender, or ask us to add it to the account.",
    wrong="<MessageSender><PartyId>PADPIDA2009101501Y</PartyId>",
    right="<MessageSender><PartyId>PADPIDA2013042401U</PartyId>",
)
NOT_FOR_US = Rule(
    code="ERN-0302",
    number=3,
    severity=Severity.REJECT,
    ack_status="UserDefined",
    clause=_HEADER,
    text="We are one of the message's recipients.",
    remedy="Name our DPID in a MessageRecipient.",
    wrong="<MessageRecipient><PartyId>PADPIDA2009101501Y</PartyId>",
    right="<MessageRecipient><PartyId>PADPIDA2026000001Q</PartyId>",
)
TEST_MESSAGE = Rule(
    code="ERN-0303",
    number=3,
    severity=Severity.REJECT,
    ack_status="UserDefined",
    clause=_HEADER + "/MessageControlType",
    text="A test message comes by a feed that takes tests; it never goes live.",
    remedy="Send it by a feed that takes tests, which the operator sets, or set "
    "MessageControlType to LiveMessage.",
    wrong="<MessageControlType>TestMessage</MessageControlType>",
    right="<MessageControlType>LiveMessage</MessageControlType>",
)
ANOTHERS_RELEASE = Rule(
    code="ERN-0304",
    number=3,
    severity=Severity.REJECT,
    ack_status="UserDefined",
    clause=_HEADER + "/SentOnBehalfOf",
    text="What one sender delivered, no other replaces or takes down on the same party's behalf.",
    remedy="Leave it to its present sender, or ask us to move it to your account.",
    wrong="</MessageSender><SentOnBehalfOf><PartyId>PADPIDA2009101501Y</PartyId></SentOnBehalfOf>",
    right="</MessageSender>",
)
OTHER_BYTES = Rule(
    code="ERN-0401",
    number=4,
    severity=Severity.REJECT,
    ack_status="IdentifierInvalid",
    clause=_HEADER + "/MessageId",
    text="A MessageId is used for one message only.",
    remedy="Give each message a new MessageId, also when it corrects an earlier one.",
    wrong="<MessageId>USED-WITH-OTHER-BYTES</MessageId>",
    right="<MessageId>NIGHT-OWL-2026-0001</MessageId>",
)
REPEATED = Rule(
    code="ERN-0402",
    number=4,
    severity=Severity.WARN,
    ack_status="FileOK",
    clause=_HEADER + "/MessageId",
    text="A message that was received before, byte for byte, is acknowledged and not worked on.",
    remedy="Nothing to do; the earlier message stands.",
    wrong="<MessageId>USED-WITH-THESE-BYTES</MessageId>",
    right="<MessageId>NIGHT-OWL-2026-0001</MessageId>",
)
NO_MESSAGE_ID = Rule(
    code="ERN-0403",
    number=4,
    severity=Severity.HOLD,
    ack_status="IdentifierInvalid",
    clause=_HEADER + "/MessageId",
    text="A message has a MessageId.",
    remedy="Fill MessageId with a value that is unique for the sender.",
    wrong="<MessageId></MessageId>",
    right="<MessageId>NIGHT-OWL-2026-0001</MessageId>",
)
RULES: tuple[Rule, ...] = (
    FOREIGN_SENDER,
    NOT_FOR_US,
    TEST_MESSAGE,
    ANOTHERS_RELEASE,
    OTHER_BYTES,
    REPEATED,
    NO_MESSAGE_ID,
)


def check_sender(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 3. Needs `context.feed`."""
    feed, header = context.feed, message.header
    if feed is None:
        return
    allowed = {_plain(each) for each in feed.dpids}
    if _plain(header.sender_dpid) not in allowed:
        text = f"The sender {clip(header.sender_dpid)!r} does not belong to this delivery account."
        expected = ", ".join(sorted(feed.dpids))
        spot = Below(header.place, "MessageSender/PartyId")
        yield FOREIGN_SENDER.at(spot, text, value=header.sender_dpid, expected=expected)
    ours = _plain(feed.our_dpid)
    if ours and ours not in {_plain(each) for each in header.recipients}:
        named = ", ".join(header.recipients)
        text = f"The message is for {clip(named) or 'nobody'}, not for {feed.our_dpid}."
        spot = nth(header.place, "MessageRecipient", 0, len(header.recipients))
        yield NOT_FOR_US.at(spot, text, value=named, expected=feed.our_dpid)
    if header.control_type == "TestMessage" and not feed.is_test:
        text = "The message is a test, but this feed takes none."
        spot = Below(header.place, "MessageControlType")
        yield TEST_MESSAGE.at(spot, text, value="TestMessage", expected="LiveMessage")


def _plain(text: str) -> str:
    """A DPID as it is compared: without hyphens and `DPID:`."""
    return dpid(text) or compact(text)


def check_owner(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 3 as to what is here already. Needs `context.history`."""
    header, history = message.header, context.history
    behalf = header.on_behalf_of_dpid
    if history is None or not behalf or _plain(behalf) == _plain(header.sender_dpid):
        return
    other = history.other_sender(message)
    if other is not None:
        text = f"On behalf of {clip(behalf)}, {other} delivered this release or its recordings."
        yield ANOTHERS_RELEASE.at(header.place, text, value=header.sender_dpid, expected=other)


def check_message_id(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 4. Repeats need `context.history` and `context.digest`."""
    header = message.header
    spot = Below(header.place, "MessageId")
    if not header.message_id:
        yield NO_MESSAGE_ID.at(spot, "The MessageId is empty.", value=header.message_id)
        return
    if context.history is None or not context.digest:
        return
    known = context.history.message_digest(header.message_id)
    if known == context.digest:
        text = f"Message {clip(header.message_id)!r} was received before with the same bytes."
        yield REPEATED.at(spot, text, value=header.message_id)
    elif known is not None:
        text = f"Message {clip(header.message_id)!r} was received before with other bytes."
        yield OTHER_BYTES.at(spot, text, value=header.message_id)
