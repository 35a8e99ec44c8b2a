"""Every mend on three versions: the finding is gone, nothing new came, nothing else moved."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from ddex.ern import rules, versions
from ddex.ern.examine import Examination, examine
from ddex.ern.repair import MENDS, repair
from ddex.ern.repair.doctor import diff
from ddex.findings import Outcome
from tests.fixtures.environment import REPOSITORY, lacking
from tests.fixtures.ern_messages import PLANTED, base, files, md5

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = sorted((REPOSITORY.parent / "shared" / "ddex" / "samples").glob("ern[34]*/*.xml"))
GUIDE = [Outcome.ACCEPT, Outcome.HOLD, Outcome.REJECT]


def absent(name: str) -> bytes:
    raise FileNotFoundError(name)


def judged(data: bytes, version: str = "") -> Examination:
    """With the files of the base message beside it, when there is a version."""
    about = rules.Context()
    if version:
        media = files(version)
        about = rules.Context(
            files={name: len(content) for name, content in media.items()},
            hashes={(name, "md5"): bytes.fromhex(md5(name)) for name in media},
        )
    return examine(data, resource=absent, context=about)


def sub(pattern: str, new: str, count: int = 1) -> Callable[[str], str]:
    def change(text: str) -> str:
        made, times = re.subn(pattern, new, text, count=count, flags=re.DOTALL)
        assert times
        return made

    return change


ARTIST = '<DisplayArtist SequenceNumber="1"'
ITEM = r"(<ResourceGroupContentItem>\s*)"
FAULTS: dict[str, dict[str, Callable[[str], str]]] = {
    "ERN-0702": {
        v: sub(
            "</PartyList>",
            "<Party><PartyReference>P9</PartyReference><PartyName><FullName>Nobody</FullName>"
            "</PartyName></Party></PartyList>",
        )
        for v in ("411", "43")
    },
    "ERN-1601": dict.fromkeys(
        PLANTED, sub(ITEM + "<SequenceNumber>2<", r"\1<SequenceNumber>1<")
    ),
    "ERN-1602": dict.fromkeys(
        PLANTED, sub(ITEM + "<SequenceNumber>2<", r"\1<SequenceNumber>7<")
    ),
    "ERN-1603": dict.fromkeys(
        PLANTED, sub(ITEM + r"<SequenceNumber>2</SequenceNumber>\s*", r"\1")
    ),
    "ERN-1604": {
        "382": sub(
            r"(<ResourceGroupContentItem>\s*)(<ResourceType>Image)",
            r"\1<SequenceNumber>3</SequenceNumber>\2",
        )
    },
    "ERN-1606": dict.fromkeys(PLANTED, sub(f"{ARTIST}>", "<DisplayArtist>")),
    "ERN-1607": dict.fromkeys(PLANTED, sub(f"{ARTIST}>", "<DisplayArtist SequenceNumber='3'>")),
    "ERN-1702": dict.fromkeys(PLANTED, sub("<Duration>PT4S<", "<Duration>PT9M<")),
    "ERN-1903": {
        "382": sub("<FileName>01.flac<", "<FileName>01.FLAC<"),
        "411": sub("<URI>resources/01.flac<", "<URI>resources/01.FLAC<"),
        "43": sub("<URI>resources/01.flac<", "<URI>resources/01.FLAC<"),
    },
    "ERN-2001": {
        v: sub(md5("resources/01.flac"), "0" * 32) for v in PLANTED
    },
}  # fmt: skip
CASES = [(code, version) for code, by in FAULTS.items() for version in by]


def codes(found: Examination) -> set[str]:
    return {finding.code for finding in found.findings}


@pytest.mark.parametrize(("code", "version"), CASES)
def test_the_fault_is_mended_and_nothing_else_is_touched(code: str, version: str) -> None:
    good = base(version)
    bad = FAULTS[code][version](good.decode()).encode()
    assert code in codes(judged(bad, version))
    made = repair(bad, partial(judged, version=version))
    assert code not in codes(made.after)
    assert codes(made.after) <= codes(made.before)
    assert made.after.outcome is Outcome.ACCEPT
    assert made.mended
    assert re.sub(rb"\s+|['\"]", b"", made.data) == re.sub(rb"\s+|['\"]", b"", good)
    shown = diff(bad, made.data, "m.xml")
    assert shown.startswith("--- a/m.xml\n+++ b/m.xml\n@@ ")
    assert len(shown.splitlines()) < 24


def test_every_mend_is_tried() -> None:
    assert {code for mend in MENDS for code in mend.codes} == {*FAULTS, "ERN-0114", "ERN-1605"}


def test_the_alias_of_a_namespace_becomes_what_it_stands_for() -> None:
    good = base("382")
    bad = good.replace(b"xml/ern/382", b"xml/ern/38")

    def look(data: bytes) -> Examination:
        found = judged(data, "382")
        known = [f for f in found.findings if f.code != versions.ALIAS.code]
        told = versions.check_version(found.message, None) if found.message else ()
        return replace(found, findings=(*known, *told))

    made = repair(bad, look)
    assert codes(made.before) == {"ERN-0114"}
    assert (made.data, made.after.findings) == (good, ())


@pytest.mark.parametrize("version", PLANTED)
def test_a_disc_without_its_number_gets_it_behind_its_title(version: str) -> None:
    def discs(number: str) -> bytes:
        text = base(version).decode()
        items = re.findall(
            r"<ResourceGroupContentItem>\s*<SequenceNumber>.*?</ResourceGroupContentItem>",
            text,
            re.DOTALL,
        )
        second = items[1].replace("<SequenceNumber>2<", "<SequenceNumber>1<")
        title = "<Title><TitleText>Two</TitleText></Title>" if version == "382" else ""
        groups = (
            f"<ResourceGroup><SequenceNumber>1</SequenceNumber>{items[0]}</ResourceGroup>"
            f"<ResourceGroup>{title}{number}{second}</ResourceGroup>"
        )
        if version == "382":
            old = re.findall(r"<ResourceGroup>\s*<Title.*?</ResourceGroup>", text, re.DOTALL)[0]
            return text.replace(old, groups).encode()
        return text.replace(items[1], "").replace(items[0], groups).encode()

    bad, good = discs(""), discs("<SequenceNumber>2</SequenceNumber>")
    assert codes(judged(bad, version)) == {"ERN-1605"}
    made = repair(bad, partial(judged, version=version))
    assert re.sub(rb"\s", b"", made.data) == re.sub(rb"\s", b"", good)
    assert made.after.findings == ()


@pytest.mark.parametrize("version", PLANTED)
def test_a_good_message_stays_as_it_is(version: str) -> None:
    data = base(version)
    made = repair(data, partial(judged, version=version))
    assert (made.data, made.mended) == (data, ())


def test_what_is_in_doubt_is_left() -> None:
    version = "43"
    text = base(version).decode()
    text = sub(ITEM + "<SequenceNumber>1<", r"\1<SequenceNumber>2<")(text)
    text = text.replace(
        "</ResourceGroupContentItem>\n        <LinkedRelease",
        "</ResourceGroupContentItem>\n<ResourceGroupContentItem><SequenceNumber>1</SequenceNumber>"
        "<ReleaseResourceReference>A2</ReleaseResourceReference></ResourceGroupContentItem>"
        "\n        <LinkedRelease",
    )
    made = repair(text.encode(), partial(judged, version=version))
    assert made.data.count(b"<SequenceNumber>2<") == 2


@pytest.mark.parametrize("data", [b"", b"<a>", b"<!DOCTYPE a><a/>", b"<a/>"])
def test_what_can_not_be_read_is_not_mended(data: bytes) -> None:
    made = repair(data, judged)
    assert (made.data, made.mended) == (data, ())


def test_comments_encoding_and_ends_of_lines_are_kept() -> None:
    text = FAULTS["ERN-1702"]["43"](base("43").decode())
    text = text.replace("\n", "\r\n").replace("<ReleaseList>", "<!-- ä --><ReleaseList>")
    data = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("latin-1")
    made = repair(data, partial(judged, version="43"))
    assert made.data == data.replace(b"PT9M", b"PT4S")


def test_the_diff_of_one_long_line_can_be_read() -> None:
    old = b"<a>" + b"".join(b"<b>%d</b>" % n for n in range(1000)) + b"</a>"
    shown = diff(old, old.replace(b"<b>500</b>", b"<b>x</b>"), "m").splitlines()
    assert shown[2].startswith("@@ -")
    assert {"-<b>500</b>", "+<b>x</b>"} < set(shown)
    assert len(shown) == 11


@given(
    st.sampled_from(SAMPLES or [Path()]),
    st.lists(
        st.tuples(
            st.sampled_from(["SequenceNumber", "Duration", "HashSum", "PartyReference", "URI"]),
            st.integers(0, 20),
            st.sampled_from(["", "1", "99", "PT1S", "-", "\u0627", "<!-- x -->", "&amp;", "A1"]),
        ),
        max_size=4,
    ),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_repair_never_makes_a_message_worse(
    path: Path, mutations: list[tuple[str, int, str]]
) -> None:
    if not SAMPLES:
        lacking("no official samples", "put them into ../shared/ddex/samples")
    text = path.read_text("utf-8")
    for name, number, value in mutations:
        spots = list(re.finditer(rf"(<{name}[^<>/]*>)([^<]*)(</{name}>)", text))
        if spots:
            spot = spots[number % len(spots)]
            text = text[: spot.start(2)] + value + text[spot.end(2) :]
    before = judged(text.encode())
    made = repair(text.encode(), judged)
    assert GUIDE.index(made.after.outcome) <= GUIDE.index(before.outcome)
    assert codes(made.after) <= codes(before)


def test_more_faults_than_are_listed_are_mended_in_rounds() -> None:
    party = (
        "<Party><PartyReference>P{0}</PartyReference>"
        "<PartyName><FullName>{0}</FullName></PartyName></Party>"
    )
    crowd = "".join(party.format(n) for n in range(100, 1700))
    text = base("43").decode().replace("</PartyList>", f"{crowd}</PartyList>")
    bad = FAULTS["ERN-1702"]["43"](text).encode()
    made = repair(bad, partial(judged, version="43"))
    assert made.after.findings == ()
