"""How a bucket is configured: versions, events, lifecycle, publicity, encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_s3 import S3Client

    from server.cli.s3.places import Place

Judged = tuple[str, str, str, str]
"""Name, verdict (ok, warn, fail, unseen), what was found, remedy."""
_NONE = frozenset(
    {
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
        "NoSuchBucketPolicy",
    }
)
Answer = dict[str, Any]


def judged(client: S3Client, place: Place, queue: str) -> Iterator[Judged]:
    """Each part of the configuration; what can't be read is `unseen`."""
    looks: list[tuple[str, Callable[..., Any], Callable[[Answer], tuple[str, str, str]]]] = [
        ("versioning", client.get_bucket_versioning, versioning),
        ("lifecycle", client.get_bucket_lifecycle_configuration, lambda a: lifecycle(a, place)),
        ("public access", client.get_public_access_block, public_access),
        ("public policy", client.get_bucket_policy_status, public_policy),
        ("encryption", client.get_bucket_encryption, encryption),
    ]
    if queue:
        read = client.get_bucket_notification_configuration
        looks.insert(1, ("events", read, lambda a: events(a, place, queue)))
    for name, look, judge in looks:
        try:
            answer = look(Bucket=place.bucket)
        except ClientError as refused:
            code = refused.response["Error"]["Code"]
            if code not in _NONE:
                yield name, "unseen", code, "let the operator's credentials read it"
                continue
            answer = {}
        except BotoCoreError as fault:
            yield name, "unseen", str(fault), ""
            continue
        yield (name, *judge(answer))


def versioning(answer: Answer) -> tuple[str, str, str]:
    """Versions are not needed; suspended ones surprise."""
    status = answer.get("Status", "off")
    if status == "Suspended":
        return "warn", "suspended", "old versions stay; enable it, or expire them"
    return "ok", status.lower(), ""


def events(answer: Answer, place: Place, queue: str) -> tuple[str, str, str]:
    """Does the queue hear of every new object of the feed?"""
    for one in answer.get("QueueConfigurations", []):
        created = any(each.startswith("s3:ObjectCreated:*") for each in one.get("Events", []))
        rules = one.get("Filter", {}).get("Key", {}).get("FilterRules", [])
        if one.get("QueueArn") == queue and created and all(_covers(each, place) for each in rules):
            return "ok", f"{place.prefix or 'all'} → {queue.rpartition(':')[2]}", ""
    return "fail", "the queue does not hear of new objects", "see `segue s3 policy --for events`"


def _covers(rule: Answer, place: Place) -> bool:
    fits = place.prefix.startswith(rule.get("Value", ""))
    return rule.get("Name", "").lower() == "prefix" and fits


def lifecycle(answer: Answer, place: Place) -> tuple[str, str, str]:
    """Nothing may expire an inbox; unfinished uploads should go."""
    rules = [one for one in answer.get("Rules", []) if one.get("Status") == "Enabled"]
    for one in rules:
        if ("Expiration" in one or "Transitions" in one) and _touches(one, place):
            name = one.get("ID", "?")
            return "fail", f"rule {name} expires or moves the inbox", "narrow it to what was read"
    if any("AbortIncompleteMultipartUpload" in one and _holds(one, place) for one in rules):
        return "ok", "unfinished uploads go", ""
    return "warn", "unfinished uploads stay, and cost", "put what `segue s3 lifecycle` prints"


def _prefix_of(rule: Answer) -> str:
    """Wherever a rule says its prefix; a rule by tags alone is read as one of all keys."""
    kept = rule.get("Filter", {})
    inner = kept.get("And", {}).get("Prefix") or kept.get("Prefix")
    return str(inner or rule.get("Prefix") or "")


def _touches(rule: Answer, place: Place) -> bool:
    """Expiry of acknowledgements, or of what was moved, is the operator's business."""
    prefix = _prefix_of(rule)
    mine = prefix.startswith(place.prefix) and not prefix.startswith((place.answers, *place.moved))
    return mine or place.prefix.startswith(prefix)


def _holds(rule: Answer, place: Place) -> bool:
    return place.prefix.startswith(_prefix_of(rule))


def public_access(answer: Answer) -> tuple[str, str, str]:
    """All four switches on."""
    block = answer.get("PublicAccessBlockConfiguration", {})
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    missing = [name for name in names if block.get(name) is not True]
    if missing:
        return "warn", f"not blocked: {', '.join(missing)}", "block all public access of the bucket"
    return "ok", "blocked", ""


def public_policy(answer: Answer) -> tuple[str, str, str]:
    """No policy may open the bucket to everybody."""
    if answer.get("PolicyStatus", {}).get("IsPublic"):
        return "fail", "the bucket's policy is public", "name principals in it"
    return "ok", "not public", ""


def encryption(answer: Answer) -> tuple[str, str, str]:
    """What S3 encrypts with by itself."""
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    kinds = [one.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for one in rules]
    found = ", ".join(each for each in kinds if each)
    if found:
        return "ok", found, ""
    return "warn", "none by default", "set default encryption (AWS S3 has AES256 since 2023)"
