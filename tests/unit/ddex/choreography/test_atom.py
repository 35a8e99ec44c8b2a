"""Pages of Atom feeds. The shape is built from RFC 4287 and from ERN part 4, clause 7.4."""

from __future__ import annotations

import pytest

from ddex.choreography.atom import MOST, NotAtom, read

BASE = "https://label.example/ern/feed?dsp=1"


def page(inside: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="urn:e">{inside}</feed>'.encode()


def test_links_are_resolved_and_known_by_their_relation() -> None:
    found = read(
        page(
            '<link rel="self" href="/ern/feed"/><link rel="next" href="?page=2"/>'
            "<entry><id>urn:1</id><title> One </title><updated>2026-01-01T00:00:00Z</updated>"
            "<e:ReleaseId><e:ICPN>00-1234</e:ICPN><e:GRid>A1-2425G-ABC1234002-M</e:GRid></e:ReleaseId>"
            '<link href="messages/1"/><link rel="delete" href="https://other.example/1"/></entry>'
        ),
        BASE,
    )
    assert found.next == "https://label.example/ern/feed?page=2"
    (entry,) = found.entries
    assert (entry.id, entry.title, entry.updated) == ("urn:1", "One", "2026-01-01T00:00:00Z")
    assert entry.message == "https://label.example/ern/messages/1"
    assert entry.delete == "https://other.example/1"
    assert entry.release_id == "A12425GABC1234002M"


def test_an_entry_without_a_message_is_left_out() -> None:
    inside = "<entry><id>urn:1</id></entry><entry><link rel='alternate' href='http://['/></entry>"
    assert read(page(inside), BASE).entries == ()


def test_an_entry_without_an_id_is_known_by_its_message() -> None:
    (entry,) = read(page('<entry><link href="m"/></entry>'), BASE).entries
    assert entry.id == "https://label.example/ern/m"
    assert entry.release_id == ""


def test_release_ids_are_fit_for_names_of_files() -> None:
    inside = (
        "<entry><e:ReleaseId><e:ISRC>../../x/..%2f</e:ISRC></e:ReleaseId><link href='m'/></entry>"
    )
    (entry,) = read(page(inside), BASE).entries
    assert entry.release_id == "x2f"


def test_a_page_is_bounded() -> None:
    assert len(read(page('<entry><link href="m"/></entry>' * (MOST + 5)), BASE).entries) == MOST


@pytest.mark.parametrize(
    "data", [b"", b"<feed", b"<feed/>", b"<html xmlns='http://www.w3.org/2005/Atom'/>"]
)
def test_other_documents_are_refused(data: bytes) -> None:
    with pytest.raises(NotAtom):
        read(data, BASE)
