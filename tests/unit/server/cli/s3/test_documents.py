from __future__ import annotations

import pytest

from core.errors import Misuse
from server.cli.s3 import configuration, documents
from server.cli.s3.places import place

FEED = place("labels", "feeds/one", "done/one", "bad/one")
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:segue-new"


def test_no_rule_expires_the_inbox() -> None:
    made = documents.lifecycle(FEED, expire_days=14)
    expiring = [one["Filter"]["Prefix"] for one in made["Rules"] if "Expiration" in one]
    assert expiring == ["done/one/", "bad/one/"]
    assert made["Rules"][0]["Filter"] == {"Prefix": "feeds/one/"}
    assert "Expiration" not in made["Rules"][0]
    assert configuration.lifecycle(made, FEED) == ("ok", "unfinished uploads go", "")


def test_one_place_for_both_is_one_rule() -> None:
    both = place("labels", "feeds/one", "done", "done")
    assert len(documents.lifecycle(both)["Rules"]) == 2


@pytest.mark.parametrize("days", [0, -1])
def test_days_are_counted_from_one(days: int) -> None:
    with pytest.raises(Misuse):
        documents.lifecycle(FEED, expire_days=days)


@pytest.mark.parametrize(
    "rule",
    [
        {"Filter": {}, "Expiration": {"Days": 1}},
        {"Prefix": "feeds/", "Expiration": {"Days": 1}},
        {"Filter": {"Prefix": "feeds/one/B"}, "Expiration": {"Days": 1}},
        {"Filter": {"And": {"Prefix": "feeds/one/", "Tags": []}}, "Transitions": [{}]},
    ],
)
def test_rules_that_take_from_the_inbox_are_found(rule: dict[str, object]) -> None:
    verdict, found, _ = configuration.lifecycle(
        {"Rules": [{"ID": "r1", "Status": "Enabled", **rule}]}, FEED
    )
    assert (verdict, "r1" in found) == ("fail", True)
    asleep = {"Rules": [{"ID": "r1", "Status": "Disabled", **rule}]}
    assert configuration.lifecycle(asleep, FEED)[0] == "warn"


def test_events_are_covered_by_what_is_printed() -> None:
    made = documents.notifications(FEED, QUEUE)
    assert configuration.events(made, FEED, QUEUE)[0] == "ok"
    assert configuration.events(made, place("labels", "feeds/two"), QUEUE)[0] == "fail"
    assert configuration.events(made, FEED, QUEUE + "2")[0] == "fail"
    assert configuration.events({}, FEED, QUEUE)[0] == "fail"
    made["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"].append(
        {"Name": "suffix", "Value": ".xml"}
    )
    assert configuration.events(made, FEED, QUEUE)[0] == "fail"


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example", "http://label.example", "https://label.example/", "x", ""]
)
def test_origins_that_may_not_upload(origin: str) -> None:
    with pytest.raises(Misuse, match="no origin"):
        documents.cors([origin])


def test_cors_allows_put_alone() -> None:
    (rule,) = documents.cors(["https://label.example", "http://localhost:8080"])["CORSRules"]
    assert rule["AllowedMethods"] == ["PUT"]
    assert rule["AllowedOrigins"] == ["https://label.example", "http://localhost:8080"]
    with pytest.raises(Misuse, match="needs an origin"):
        documents.cors([])


@pytest.mark.parametrize("arn", ["", "segue", QUEUE + ".fifo", QUEUE + "*"])
def test_events_go_to_a_queue_that_s3_can_tell(arn: str) -> None:
    with pytest.raises(Misuse, match="queue"):
        documents.notifications(FEED, arn)
