"""What events say. Shapes marked "documentation" are built from AWS's published examples; those
that moto emits are in tests/integration/s3."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from server.cli.s3 import lambda_entry
from server.cli.s3.lambda_entry import notices


def s3_documentation(
    key: str = "feeds/one/B+1/a%C3%A4.wav", name: str = "ObjectCreated:Put"
) -> dict[str, Any]:
    """Amazon S3 User Guide, "Event message structure"."""
    record = {
        "eventVersion": "2.2",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-01-01T00:00:00.000Z",
        "eventName": name,
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": "labels", "arn": "arn:aws:s3:::labels"},
            "object": {
                "key": key,
                "size": 12,
                "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }
    return {"Records": [record]}


def eventbridge_documentation() -> dict[str, Any]:
    """Amazon S3 User Guide, "EventBridge event message structure"."""
    return {
        "version": "0",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": {
            "bucket": {"name": "labels"},
            "object": {
                "key": "feeds/one/B 1+2.xml",
                "size": 5,
                "etag": "b1",
                "sequencer": "00617F",
            },
            "reason": "PutObject",
        },
    }


def sns_documentation(message: dict[str, Any]) -> dict[str, Any]:
    """Amazon SNS Developer Guide, notification in an SQS queue."""
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": json.dumps(message)}


def test_s3_tells_of_keys_as_forms_do() -> None:
    assert notices(s3_documentation()) == [
        {
            "bucket": "labels",
            "key": "feeds/one/B 1/aä.wav",
            "size": 12,
            "etag": "d41d8cd98f00b204e9800998ecf8427e",
            "version": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
            "sequencer": "0055AED6DCD90281E5",
        }
    ]


@pytest.mark.parametrize("name", ["ObjectRemoved:Delete", "s3:ObjectRestore:Post", "LifecycleX"])
def test_other_events_are_passed_over(name: str) -> None:
    assert notices(s3_documentation(name=name)) == []


def test_names_with_their_service_count_too() -> None:
    """Ceph and MinIO write `s3:ObjectCreated:…`."""
    assert len(notices(s3_documentation(name="s3:ObjectCreated:CompleteMultipartUpload"))) == 1


def test_the_test_message_of_a_new_notification_tells_nothing() -> None:
    """Amazon S3 User Guide: sent when a notification is configured."""
    test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "labels"}
    assert notices(test) == []


def test_eventbridge_tells_keys_as_they_are() -> None:
    assert notices(eventbridge_documentation()) == [
        {
            "bucket": "labels",
            "key": "feeds/one/B 1+2.xml",
            "size": 5,
            "etag": "b1",
            "sequencer": "00617F",
        }
    ]


def test_envelopes_of_sns_are_opened() -> None:
    assert notices(sns_documentation(s3_documentation())) == notices(s3_documentation())
    triggered = {
        "Records": [{"EventSource": "aws:sns", "Sns": sns_documentation(s3_documentation())}]
    }
    assert notices(triggered) == notices(s3_documentation())


def test_each_feed_gets_its_own() -> None:
    keys = {"feeds/": "segue_aaaaaaaaaaaa_x", "feeds/one/": "segue_bbbbbbbbbbbb_y"}
    told = [{"key": "feeds/one/a"}, {"key": "feeds/two/a"}, {"key": "other/a"}]
    found = lambda_entry._by_key(told, {"NOTICES_KEYS": json.dumps(keys)})
    assert found == {
        "segue_bbbbbbbbbbbb_y": [{"key": "feeds/one/a"}],
        "segue_aaaaaaaaaaaa_x": [{"key": "feeds/two/a"}],
    }


def test_it_imports_the_standard_library_alone() -> None:
    tree = ast.parse(Path(lambda_entry.__file__).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= set(sys.stdlib_module_names)
