"""Rules 11 to 14: the codes of recordings, releases, parties and works."""

from __future__ import annotations

import pytest

from ddex.findings import Severity
from tests.fixtures.ern_messages import (
    GRID,
    ICPN,
    IPI,
    ISNI,
    ISRCS,
    ISWC,
    PLANTED,
    RECIPIENT,
    compact,
    planted,
    pretty,
)
from tests.unit.ddex.ern.rules.planting import codes, found, judge

FOURS = ("411", "43")
ISRC = f"<ISRC>{ISRCS[1]}</ISRC>"
CLOSE = {"382": "</SoundRecordingId>", "411": "</ResourceId>", "43": "</ResourceId>"}
GTIN = f"<ICPN>{ICPN}</ICPN>"
GRID_ = f"<GRid>{GRID}</GRid>"
DPID = f"<MessageRecipient><PartyId>{RECIPIENT}</PartyId>"


def isrc(version: str, text: str) -> tuple[str, str]:
    """The second recording's ISRC, and another in its place."""
    return ISRC + CLOSE[version], f"<ISRC>{text}</ISRC>{CLOSE[version]}"


# 11


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "value",
    ["NOT AN ISRC", "XXXX", "", "QZNWL260000", "QZNWL26000021", "1ZNWL2600002", "QZNWL26O0002",
     "QZ NWL 26 0000", "\u0661ZNWL2600002"],
)  # fmt: skip
def test_no_isrc_form(version: str, value: str) -> None:
    one = found(version, *isrc(version, value), "ERN-1101")
    assert (one.severity, one.value) == (Severity.HOLD, value)
    assert one.xpath.endswith("/ISRC")


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "value",
    [
        "QZ-NWL-26-00002",
        "ISRC QZNWL2600002",
        "ISRC:QZNWL2600002",
        "qznwl2600002",
        "QZ NWL 26 00002",
    ],
)
def test_isrcs_in_their_common_spellings(version: str, value: str) -> None:
    assert codes(planted(version, *isrc(version, value))) == []


@pytest.mark.parametrize("version", PLANTED)
def test_a_recording_without_isrc(version: str) -> None:
    old, _ = isrc(version, "")
    own = '<ProprietaryId Namespace="PADPIDA2013042401U">REC-2</ProprietaryId>'
    one = found(version, old, own + CLOSE[version], "ERN-1102")
    assert (one.severity, one.resource) == (Severity.HOLD, "A2")


@pytest.mark.parametrize("version", FOURS)
def test_a_supplemental_recording_needs_no_isrc(version: str) -> None:
    extra = (
        '<SoundRecording IsSupplemental="true"><ResourceReference>A9</ResourceReference>'
        "</SoundRecording></ResourceList>"
    )
    found_ = codes(planted(version, "</ResourceList>", extra))
    assert "ERN-1102" not in found_


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("value", [ISRCS[0], "QZ-NWL-26-00001"])
def test_a_repeated_isrc(version: str, value: str) -> None:
    one = found(version, *isrc(version, value), "ERN-1103")
    assert (one.severity, one.value) == (Severity.WARN, value)


def test_the_isrc_of_a_track_release_of_ern_3() -> None:
    part = f"<ReleaseId>{ISRC}</ReleaseId>"
    assert found("382", part, part.replace(ISRCS[1], "ODD"), "ERN-1101").value == "ODD"


# 12


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "value", ["x", "40063813339", "400638133393112", "4006381333A31", "123456789"]
)
def test_no_icpn_form(version: str, value: str) -> None:
    one = found(version, GTIN, GTIN.replace(ICPN, value), "ERN-1201")
    assert (one.severity, one.value) == (Severity.REJECT, value)


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("value", ["4006381333932", "04006381333930", "036000291453", "96385075"])
def test_a_wrong_check_digit_of_an_icpn(version: str, value: str) -> None:
    one = found(version, GTIN, GTIN.replace(ICPN, value), "ERN-1202")
    assert (one.severity, one.value) == (Severity.WARN, value)


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("value", ["04006381333931", "036000291452", "96385074"])
def test_icpns_of_all_lengths(version: str, value: str) -> None:
    assert codes(planted(version, GTIN, GTIN.replace(ICPN, value))) == []


@pytest.mark.parametrize("value", ["12345", "4006381333932", "", "XXXX"])
@pytest.mark.parametrize("version", FOURS)
def test_the_icpn_of_a_related_release_is_a_warning(version: str, value: str) -> None:
    part = "</ParentalWarningType><ResourceGroup>"
    related = (
        "</ParentalWarningType><RelatedRelease><ReleaseRelationshipType>IsEquivalentToAudio"
        f"</ReleaseRelationshipType><ReleaseId><ICPN>{value}</ICPN></ReleaseId></RelatedRelease>"
        "<ResourceGroup>"
    )
    assert found(version, part, related, "ERN-1204").value == value
    assert codes(planted(version, part, related)) == ["ERN-1204"]


# 13


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "value", ["xxx", "", "A1NWLX1202600000", "B1NWLX12026000001Z", "A1NWLX12026000001ZZ"]
)
def test_no_grid_form(version: str, value: str) -> None:
    one = found(version, GRID_, GRID_.replace(GRID, value), "ERN-1301")
    assert (one.severity, one.value) == (Severity.WARN, value)


@pytest.mark.parametrize("version", PLANTED)
def test_a_wrong_check_character_of_a_grid(version: str) -> None:
    one = found(version, GRID_, GRID_.replace("001Z", "002Z"), "ERN-1302")
    assert (one.severity, one.value) == (Severity.WARN, "A1NWLX12026000002Z")


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "value", ["A1-NWLX1-2026000001-Z", "GRID:A1NWLX12026000001Z", GRID.lower()]
)
def test_grids_in_their_common_spellings(version: str, value: str) -> None:
    assert codes(planted(version, GRID_, GRID_.replace(GRID, value))) == []


# 14


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("PADPIDA2026000001A", "ERN-1402"),
        ("PADPIDA2026000001", "ERN-1401"),
        ("DPID_OF_THE_RECIPIENT", "ERN-1401"),
        ("PADPIDA2026000001QQ", "ERN-1401"),
    ],
)
def test_the_dpid_of_the_header(version: str, value: str, code: str) -> None:
    one = found(version, DPID, DPID.replace(RECIPIENT, value), code)
    assert (one.severity, one.value) == (Severity.WARN, value)


@pytest.mark.parametrize("version", FOURS)
@pytest.mark.parametrize(
    ("kind", "right", "value", "code"),
    [
        ("DPID", "PADPIDA2013042401U", "PADPIDA2013042401V", "ERN-1402"),
        ("DPID", "PADPIDA2013042401U", "2013042401U", "ERN-1401"),
        ("ISNI", ISNI, "0000000512000014", "ERN-1404"),
        ("ISNI", ISNI, "000000051200001", "ERN-1403"),
        ("ISNI", ISNI, "00000005120000130", "ERN-1403"),
        ("ISNI", ISNI, "", "ERN-1403"),
        ("IpiNameNumber", IPI, "123", "ERN-1406"),
        ("IpiNameNumber", IPI, "0000000012X", "ERN-1406"),
        ("ISWC", ISWC, "T034524680", "ERN-1405"),
        ("ISWC", ISWC, "0345246801", "ERN-1405"),
        ("ISWC", ISWC, "XXXX", "ERN-1405"),
    ],
)
def test_party_and_work_ids_of_ern_4(
    version: str, kind: str, right: str, value: str, code: str
) -> None:
    part = f"<{kind}>{right}</{kind}>"
    one = found(version, part, part.replace(right, value), code)
    assert (one.rule, one.severity, one.value) == (14, Severity.WARN, value)


@pytest.mark.parametrize(
    ("right", "value", "code"),
    [(ISNI, "0000000512000014", "ERN-1404"), (ISNI, "999", "ERN-1403"), (IPI, "123", "ERN-1406"),
     (ISWC, "T1", "ERN-1405")],
)  # fmt: skip
def test_party_and_work_ids_of_ern_3(right: str, value: str, code: str) -> None:
    data = pretty(compact("382").replace(right.encode(), value.encode()))
    mine = [each for each in judge(data) if each.code == code]
    assert mine
    assert (mine[0].rule, mine[0].value) == (14, value)
    assert value in data.decode().splitlines()[mine[0].line - 1]


@pytest.mark.parametrize("version", FOURS)
@pytest.mark.parametrize(
    ("kind", "right", "value"),
    [
        ("ISNI", ISNI, "0000 0005 1200 0013"),
        ("ISWC", ISWC, "T-034.524.680-1"),
        ("DPID", "PADPIDA2013042401U", "PA-DPIDA-2013042401-U"),
    ],
)
def test_other_spellings(version: str, kind: str, right: str, value: str) -> None:
    part = f"<{kind}>{right}</{kind}>"
    assert codes(planted(version, part, part.replace(right, value))) == []
