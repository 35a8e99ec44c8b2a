"""What a file is by its bytes, against what its name says."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, strategies as st
from PIL import Image

from ingest.doors.common.sniff import disguise, kind_of

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64)
FLAC = b"fLaC\x00\x00\x00\x22" + bytes(64)
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(64)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
MP4 = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"
AIFF = b"FORM\x00\x00\x10\x00AIFFCOMM"
XML = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<ern:NewReleaseMessage xmlns:ern="http://ddex.net/">'
)


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(out, kind)
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "hidden")
    return out.getvalue()


TRUE = {
    "a.wav": WAV,
    "a.flac": FLAC,
    "a.mp3": MP3,
    "b.mp3": b"\xff\xfb\x90\x00" + bytes(64),
    "a.aac": b"\xff\xf1\x50\x80" + bytes(64),
    "a.m4a": MP4,
    "a.aiff": AIFF,
    "a.pdf": PDF,
    "a.xml": XML,
    "b.xml": b"\xef\xbb\xbf" + XML,
    "c.xml": XML.decode().encode("utf-16"),
    "d.xml": b"\n <!-- made by hand -->" + XML,
    "notes.txt": "Text, façade\r\n".encode(),
    "lyrics.lrc": b"[00:01.00]One\n",
    "cover.jpg": picture("JPEG"),
    "cover.png": picture("PNG"),
    "cover.tif": picture("TIFF"),
    "cover.gif": picture("GIF"),
    "cover.webp": picture("WEBP"),
    "empty.wav": b"",
    "odd.xyz": b"\x00\x01\x02",
}


@pytest.mark.parametrize(("name", "data"), TRUE.items(), ids=TRUE)
def test_what_is_what_it_says_passes(name: str, data: bytes) -> None:
    assert disguise(name, data[:4096], data[-4096:]) is None


HARMFUL = {
    "a Windows program": (b"MZ\x90\x00" + bytes(64), "track.wav"),
    "a Linux program": (b"\x7fELF\x02\x01" + bytes(64), "cover.jpg"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "notes.txt"),
    "a ZIP archive": (archive(), "cover.jpg"),
    "a gzip archive": (b"\x1f\x8b\x08" + bytes(20), "a.xml"),
    "a tar archive": (bytes(257) + b"ustar\x00", "a.wav"),
    "a web page": (b"<!DOCTYPE html><html><script>alert(1)</script>", "cover.jpg"),
    "a PHP script": (b"<?php system($_GET[0]);", "cover.gif"),
    "a JPEG file with a web page in it": (picture("JPEG") + b"<script>x</script>", "cover.jpg"),
    "a GIF file with a web page in it": (
        b"GIF89a/*<script>*/=1;alert(1)" + bytes(20),
        "cover.gif",
    ),
    "a PNG file with a ZIP archive in it": (picture("PNG") + archive(), "cover.png"),
}


@pytest.mark.parametrize(("what", "case"), HARMFUL.items(), ids=HARMFUL)
def test_what_could_do_harm_is_told(what: str, case: tuple[bytes, str]) -> None:
    data, name = case
    found = disguise(name, data[:4096], data[-4096:])
    assert found is not None
    assert (found.what, found.severe) == (what, True)


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("cover.jpg", picture("PNG"), "a PNG file"),
        ("track.flac", WAV, "a WAV file"),
        ("track.wav", FLAC, "a FLAC file"),
        ("track.wav", b"just text", "text"),
        ("message.xml", PDF, "a PDF file"),
        ("track.flac", b"\x00\x01\x02\x03", "no known kind of media"),
        ("cover.jpg", XML, "XML"),
    ],
)
def test_a_wrong_extension_is_told_mildly(name: str, data: bytes, what: str) -> None:
    found = disguise(name, data)
    assert found is not None
    assert (found.what, found.severe) == (what, False)


def test_an_svg_is_a_page_whatever_its_name() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
    for data in (svg, b'<?xml version="1.0"?>' + svg):
        found = disguise("cover.svg", data)
        assert found is not None
        assert found.severe


@given(st.text(max_size=40), st.binary(max_size=600), st.binary(max_size=600))
def test_any_bytes_are_judged(name: str, head: bytes, tail: bytes) -> None:
    found = disguise(name, head, tail)
    assert found is None or found.what
    assert kind_of(head) == kind_of(head)
