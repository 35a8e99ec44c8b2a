"""Mails to a feed's people: what happened, why, and where to look, as plain text by SMTP.

Every value of a message is a stranger's: headers are made by the library, which refuses line
breaks, and texts lose their control characters first.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Literal

from core.errors import SettingsInvalid
from ingest.feed_terms import FeedTerms
from ingest.messengers import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from catalog.models import Feed, Telling
    from core.clock import Clock

Shape = dict[str, Any]

_SUBJECT = 150
_LINE = 1_000
_HEADLINE = {
    "delivery.accepted": "Accepted",
    "delivery.held": "Held for a decision",
    "delivery.refused": "Refused",
    "delivery.failed": "Not processed, by a fault of ours",
    "delivery.attention": "Incomplete: needs attention",
    "delivery.overdue": "Not answered in the time agreed",
    "release.announced": "Staged for a later date",
    "release.made_available": "Live",
    "release.taken_down": "Taken down",
    "release.purged": "Purged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mails are handed over; without `host` none are."""

    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    timeout: float = 30.0
    tls: ssl.SSLContext | None = None


class Mail:
    """A `messengers.Channel`. `base` tells the public address of the web server."""

    def __init__(self, server: MailServer, clock: Clock, base: Callable[[], str]) -> None:
        """Judge the server.

        Raises:
            SettingsInvalid: it needs a sender's address, or a password would go in clear.
        """
        self._server = server
        self._clock = clock
        self._base = base
        if not server.host:
            return
        if server.user and server.security == "none":
            raise SettingsInvalid(
                "mail.user and mail.password would go over the network in clear",
                remedy="set mail.security to starttls or tls",
            )
        try:
            _address(server.sender)
        except ValueError as wrong:
            raise SettingsInvalid(
                f"setting mail.sender: {wrong}", remedy="such as segue@music.example"
            ) from wrong

    def send(self, telling: Telling, feed: Feed | None) -> Sent:
        """One try; sent when the server took it for at least one of the feed's addresses."""
        to = FeedTerms.of(feed).notify.mail if feed else ()
        if not self._server.host:
            return Sent(ok=False, said="no mail server: mail.host is not set", final=True)
        if not to:
            return Sent(ok=False, said="the feed has no mail address any more", final=True)
        try:
            message = self.compose(telling, to)
            refused = self._hand_over(message)
        except smtplib.SMTPResponseException as fault:
            return Sent(ok=False, said=f"{fault.smtp_code} {_text(fault.smtp_error)}")
        except smtplib.SMTPRecipientsRefused as fault:
            return Sent(ok=False, said=_refused(fault.recipients))
        except (smtplib.SMTPException, OSError, ValueError) as fault:
            return Sent(ok=False, said=f"{type(fault).__name__}: {fault}")
        return Sent(ok=True, said=_refused(refused) if refused else "taken by the mail server")

    def compose(self, telling: Telling, to: Sequence[str]) -> EmailMessage:
        """The mail. Raises ValueError for an address that can't stand in one."""
        message = EmailMessage(policy=SMTP)
        data = telling.body["data"]
        message["From"] = _address(self._server.sender, "Segue")
        message["To"] = [_address(each) for each in to]
        message["Subject"] = _line(f"{_headline(telling)}: {_what(data)}", _SUBJECT)
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = f"<{telling.id}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n".join(self._lines(telling, data)) + "\n")
        return message

    def _lines(self, telling: Telling, data: Shape) -> Iterator[str]:
        yield f"{_headline(telling)}: {_line(_what(data))}"
        if data.get("why") or data.get("message"):
            yield f"Reason: {_line(data.get('why') or data['message'])}"
        yield ""
        for name, key in _FACTS:
            if data.get(key):
                yield f"{name:17}{_line(data[key])}"
        yield f"{'Time':17}{telling.body['timestamp']}"
        for finding in data.get("findings") or ():
            yield from _finding(finding)
        if data.get("more_findings"):
            yield f"\n… and {data['more_findings']} more findings."
        if data.get("delivery_id"):
            base = self._base().rstrip("/")
            yield ""
            yield f"For operators:   {base}/console/deliveries/{data['delivery_id']}"
            yield f"With an API key: {base}/api/v1/deliveries/{data['delivery_id']}"

    def _hand_over(self, message: EmailMessage) -> dict[str, tuple[int, bytes]]:
        server = self._server
        context = server.tls or ssl.create_default_context()
        name = server.sender.rpartition("@")[2]
        opened = (
            smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=server.timeout, context=context
            )
            if server.security == "tls"
            else smtplib.SMTP(server.host, server.port, name, timeout=server.timeout)
        )
        with opened as smtp:
            if server.security == "starttls":
                smtp.starttls(context=context)
            if server.user:
                smtp.login(server.user, server.password)
            return smtp.send_message(message)


_FACTS = (
    ("Feed", "feed_name"),
    ("Batch", "batch"),
    ("Release", "release_folder"),
    ("ICPN", "icpn"),
    ("Message", "message_id"),
    ("Release status", "release_status"),
    ("Acknowledgement", "acknowledgement"),
    ("Delivery", "delivery_id"),
)


def _address(text: str, name: str = "") -> Address:
    """Raises ValueError for what is none; the library itself raises whatever comes along."""
    try:
        return Address(name, addr_spec=text)
    except (ValueError, IndexError, AttributeError, MessageError) as wrong:
        raise ValueError(f"{text[:200]!r} is no mail address") from wrong


def _finding(finding: Shape) -> Iterator[str]:
    place = (
        f"{finding.get('file') or ''}{':' + str(finding['line']) if finding.get('line') else ''}"
    )
    yield ""
    yield f"{_line(finding.get('severity'))} {_line(finding.get('code'))}  {_line(place)}"
    yield f"  {_line(finding.get('message'))}"
    if finding.get("remedy"):
        yield f"  Remedy: {_line(finding['remedy'])}"


def _headline(telling: Telling) -> str:
    return _HEADLINE.get(telling.type, telling.type)


def _what(data: Shape) -> str:
    named = " - ".join(filter(None, (data.get("artist"), data.get("title"))))
    return named or data.get("release_folder") or data.get("batch") or "a delivery"


def _line(value: object, longest: int = _LINE) -> str:
    """One line of printable characters."""
    kept = " ".join(str(value or "").split())
    return "".join(one if one.isprintable() else "\ufffd" for one in kept)[:longest]


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _refused(recipients: dict[str, tuple[int, bytes]]) -> str:
    told = (f"{who} refused: {code} {_text(why)}" for who, (code, why) in recipients.items())
    return "; ".join(told)
