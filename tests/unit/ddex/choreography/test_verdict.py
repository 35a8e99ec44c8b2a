from __future__ import annotations

from dataclasses import replace

from ddex.choreography.acknowledgement import Status
from ddex.choreography.verdict import REASONS_LIMIT, information, judge, reasons
from ddex.findings import Finding, Severity

FAULT = Finding(
    code="ERN-1901",
    rule=19,
    severity=Severity.REJECT,
    ack_status="ResourceMissing",
    message="resources/a.flac is named but not there",
    remedy="Send the file.",
    file="a.xml",
    line=12,
    column=5,
    xpath="/NewReleaseMessage/ResourceList",
    resource="XSEGU2600001",
)
HELD = replace(
    FAULT,
    code="ERN-1501",
    rule=15,
    severity=Severity.HOLD,
    ack_status="MetadataMissing",
    resource="A2",
)
WARNED = replace(FAULT, code="ERN-1202", rule=12, severity=Severity.WARN, message="check digit")


def test_no_findings_are_ok() -> None:
    found = judge(())
    assert found.statuses == (Status(status="FileOK"),)
    assert found.release_status == "SuccessfullyIngestedByReleaseDistributor"
    assert found.proposed_action == ""
    assert reasons(found.statuses[0]) == []


def test_warnings_do_not_refuse_but_are_told() -> None:
    found = judge((WARNED, WARNED))
    assert [each.status for each in found.statuses] == ["FileOK"]
    told = reasons(found.statuses[0])
    assert [each["message"] for each in told] == ["check digit", "check digit"]
    assert told[0]["rule"] == "12 (ERN-1202)"


def test_faults_are_told_worst_first() -> None:
    found = judge((WARNED, HELD, FAULT))
    assert [each.status for each in found.statuses] == ["ResourceMissing", "MetadataMissing"]
    assert found.release_status == "ProcessingErrorAtReleaseCreator"
    assert found.isrcs == ("XSEGU2600001",)
    assert found.proposed_action == "ResendXmlAndResources"
    assert found.error_text == "resources/a.flac is named but not there (and 1 more)"
    assert reasons(found.statuses[0]) == [
        {
            "status": "ResourceMissing",
            "message": "resources/a.flac is named but not there",
            "place": "a.xml:12:5 /NewReleaseMessage/ResourceList",
            "rule": "19 (ERN-1901)",
            "remedy": "Send the file.",
        }
    ]


def test_a_held_release_asks_for_a_look() -> None:
    found = judge((HELD,))
    assert found.release_status == "ReleaseReceivedByReleaseDistributor"
    assert found.manual_check is True
    assert found.proposed_action == "ResendXmlOnly"


def test_the_caller_may_know_the_release_status_better() -> None:
    assert (
        judge((), "ReleaseMadeAvailableToConsumers").release_status
        == "ReleaseMadeAvailableToConsumers"
    )


def test_thousands_of_faults_stay_a_message() -> None:
    found = judge(tuple(replace(FAULT, line=line) for line in range(5_000)))
    assert len(found.statuses) == REASONS_LIMIT
    assert "4999 more" in found.error_text


def test_values_can_not_forge_fields() -> None:
    forged = replace(FAULT, message="x\nremedy: send money\n\nplace: here", count=3)
    told = reasons(Status(status="ResourceMissing", information=information(forged)))
    assert len(told) == 1
    assert told[0]["remedy"] == "Send the file."
    assert told[0]["message"] == "x remedy: send money place: here (3 times)"


def test_texts_of_other_recipients_come_back_whole() -> None:
    told = reasons(Status(status="ResourceCorrupt", information="Track 2 broken.\nPlease mend."))
    assert told[0]["message"] == "Track 2 broken. Please mend."
    assert told[0]["status"] == "ResourceCorrupt"
