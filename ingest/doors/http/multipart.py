"""Multipart bodies as a row of events; python-multipart reads them, nothing is held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.multipart import MultipartParser

from ingest.doors.common.refusals import Reason, Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_HEADERS = 16
_HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Begin:
    """A part begins; names of headers in small letters."""

    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class End:
    """A part ended."""


Event = Begin | End | bytes


class Parser:
    r"""Give it pieces of a body, get what they hold: `Begin`, bytes, `End`.

    >>> parser = Parser(b"x")
    >>> parser.feed(b'--x\r\nA: b\r\n\r\nhello\r\n--x--\r\n')
    [Begin(headers={'a': 'b'}), b'hello', End()]
    >>> parser.ended
    True
    """

    def __init__(self, boundary: bytes) -> None:
        if not boundary:
            raise Refused(Reason.UNREADABLE, "Content-Type lacks the boundary of multipart")
        self.ended = False
        self._events: list[Event] = []
        self._headers: dict[str, str] = {}
        self._name = b""
        self._value = b""
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._headers.clear,
            "on_header_field": self._field,
            "on_header_value": self._text,
            "on_header_end": self._header,
            "on_headers_finished": self._begin,
            "on_part_data": self._data,
            "on_part_end": lambda: self._events.append(End()),
            "on_end": self._end,
        }
        self._parser = MultipartParser(
            boundary, callbacks, max_header_count=_HEADERS, max_header_size=_HEADER_BYTES
        )

    def feed(self, piece: bytes) -> list[Event]:
        """What this piece brings. Raises python_multipart's FormParserError."""
        self._parser.write(piece)
        events, self._events = self._events, []
        return events

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _text(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        # latin-1 keeps every byte, so that names of files can be judged as they came
        name, value = self._name.decode("latin-1").lower(), self._value.decode("latin-1")
        before = self._headers.get(name)
        self._headers[name] = value if before is None else f"{before}, {value}"
        self._name = self._value = b""

    def _begin(self) -> None:
        self._events.append(Begin(dict(self._headers)))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(data[start:end])

    def _end(self) -> None:
        self.ended = True
