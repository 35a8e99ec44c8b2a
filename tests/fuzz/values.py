"""Values that break careless code, in text and as bytes."""

from __future__ import annotations

TEXTS = (
    "", " ", "\n\t", "0", "-1", "1", "2", "007", "1.5", "1e309", "NaN", "-INF", "9" * 400,
    "PT0S", "-PT1S", "PT", "P1Y", "PT99999999999999999999S", "PT1.5.5S", "PT1H1M1.0000000001S",
    "0000-00-00", "2026-02-30", "9999-12-31", "10000-01-01", "-0044-03-15", "2026-03-06T25:00:00",
    "2026-03-06T23:59:59+99:99", "2026-03-06T00:00:00Z", "2026-03-06+14:00", "0001-01-01",
    "9999-12-31T24:00:00-14:00", "true", "TRUE", "Worldwide", "US", "us", "XK", "2136", "ZZ",
    "A1", "R0", "P1", "T1", "V1", "#1", "A" * 300, "../../etc/passwd", "/etc/passwd",
    "C:\\a.flac", "file:///etc/passwd", "http://[::1", "resources/01.flac", "%2e%2e/%00.flac",
    "..", ".", "./", "\\\\host\\share", "a/../b.flac", "http://a:b@c:99999/%", "QZNWL2600001",
    "ISRC GB-AYE-06-01498", "ISRC", "\uff14\uff10\uff10\uff16\uff13\uff18\uff11\uff13",
    "4006381333931", "x", "²",
    "PADPIDA2013042401U", "T0345246801", "UserDefined", "Stream", "SubscriptionModel", "Bad[Range",
    "d41d8cd98f00b204e9800998ecf8427e", "====", "%s %d {0} {x}", "[bold red]x[/", "\u202eabc",
    "e\u0301\u0323" * 30, "\U0001f3b5\u200d\U0001f3a4", "\ufeff", "\u2028", "\u0085",
    "İıſß", "\u05e9\u05dc\u05d5\u05dd", "'\"<>&]]>", "\x7f\x80\x9f", "\U0001d7ce\U0001d7cf",
    "\u0661", "Ⅷ",
)  # fmt: skip
"""What elements and attributes may come to hold."""

BYTES = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80",
    b"\xf5\x80\x80\x80", b"&#0;", b"&#xD83C;", b"&#x1F3B5;", b"&title;", b"&amp;amp;", b"&",
    b"<", b">", b"]]>", b"<!--", b"-->", b"<!-- a -->", b"<?pi x?>", b"<?xml version='1.0'?>",
    b"<![CDATA[", b"<![CDATA[a]]>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"</", b"/>", b"<a/>",
    b"<a>", b"</a>",
    b"'", b'"', b'="', b"=", b":", b"xmlns=''", b"xmlns:a='b'", b"a:", b"\r", b"\r\n", b"\n" * 300,
    b" " * 5_000, b"\xe2\x80\xae", b"\xcc\x81" * 50, b"9" * 500, b"-", b"\x1b[2J", b"\x08",
    b"<ResourceGroup>" * 300, b"<a>" * 200 + b"</a>" * 200, b"<Deal/>" * 2_000,
)  # fmt: skip
"""What comes between two bytes."""

ENCODINGS = (
    ("UTF-16", "utf-16"), ("UTF-16", "utf-16-le"), ("UTF-16", "utf-16-be"), ("UTF-8", "utf-16"),
    ("UTF-8", "utf-8-sig"), ("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"),
    ("US-ASCII", "ascii"), ("UTF-8", "latin-1"), ("UTF-32", "utf-32"), ("UTF-16", "utf-8"),
    ("Shift_JIS", "shift_jis"), ("klingon", "utf-8"), ("UTF-7", "utf-7"), ("EBCDIC", "cp500"),
)  # fmt: skip
"""As declared and as sent."""
