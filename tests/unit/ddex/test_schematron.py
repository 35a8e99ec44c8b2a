"""Official rules become stylesheets that read nothing but the message."""

from __future__ import annotations

import pytest
from saxonche import PySaxonProcessor

from ddex.schematron import NotTranslated, applies, translate, understood

RULES = b"""<s:schema xmlns:s="http://purl.oclc.org/dsdl/schematron">
<s:pattern><s:rule context="//b"><s:assert test="matches(., '^[0-9]+$')" role="Fatal Error">Fatal
 Error (Audio): <s:value-of select="."/> is no number (Profile, Rule 1-2).</s:assert></s:rule>
<s:rule context="//*"><s:report test="@x" role="Warning">Warning: x (Rule 7)</s:report></s:rule>
</s:pattern></s:schema>"""


def run(rules: bytes, message: str) -> list[tuple[str, str, str, str]]:
    with PySaxonProcessor(license=False) as processor:
        sheet = processor.new_xslt30_processor().compile_stylesheet(
            stylesheet_text=translate(rules).decode()
        )
        answer = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=message))
    return [(each.level, each.rule, each.text, each.xpath) for each in understood(answer.encode())]


def test_the_first_rule_that_fits_a_node_judges_it() -> None:
    found = run(RULES, "<n:a xmlns:n='urn:n' x='1'><b x='2'>12</b><b>x&lt;y</b></n:a>")
    assert found == [
        ("Warning", "7", "x (Rule 7)", "/a"),
        ("Fatal Error", "1-2", "x<y is no number (Profile, Rule 1-2).", "/a/b[2]"),
    ]


@pytest.mark.parametrize(
    "query", ["document('avs.xml')//a", "doc('/etc/passwd')", "unparsed-text('x')", ""]
)
def test_rules_that_read_more_are_left_out(query: str) -> None:
    with pytest.raises(NotTranslated):
        translate(RULES.replace(b'test="@x"', f'test="{query}"'.encode()))


@pytest.mark.parametrize("data", [b"", b"<a/>", b"<a>"])
def test_what_is_no_schematron(data: bytes) -> None:
    with pytest.raises(NotTranslated):
        translate(data)


@pytest.mark.parametrize(
    ("name", "version", "profiles", "fits"),
    [
        ("NewReleaseMessage_ReleaseProfile_Audio_21.sch", "43", "Audio", True),
        ("NewReleaseMessage_ReleaseProfile_Audio_21.sch", "43", "Audio Classical", True),
        ("NewReleaseMessage_ReleaseProfile_ClassicalVariant_21.sch", "43", "Audio Classical", True),
        ("NewReleaseMessage_ReleaseProfile_ReleaseProfileTrackReleaseRules_21.sch", "42", "", True),
        ("NewReleaseMessage_ReleaseProfile_Video_21.sch", "43", "Audio", False),
        ("NewReleaseMessage_ReleaseProfile_AudioSingle_14.sch", "382", "X/14/AudioSingle", True),
        ("NewReleaseMessage_ReleaseProfile_AudioSingle_14.sch", "43", "AudioSingle", False),
        ("NewReleaseMessage_BusinessProfile_14.sch", "382", "", True),
        ("release-notification-avs.sch", "411", "Audio", False),
    ],
)
def test_files_are_for_profiles(name: str, version: str, profiles: str, *, fits: bool) -> None:
    assert applies(name, version, profiles) is fits
