"""The fields of a feed's form: groups, words, and the way from terms to texts and back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Shape = dict[str, Any]
_UNITS = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
_SIZES = frozenset({"quota_bytes", "max_file_bytes", "rate_bytes_s"})


@dataclass(frozen=True, slots=True)
class Field:
    """One term in the form: its dotted name, its label, and an example or explanation."""

    name: str
    label: str
    hint: str
    choices: tuple[tuple[str, str], ...] = ()


GROUPS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "Limits",
        (
            Field("quota_bytes", "Space in the inbox", "50GB; empty: no limit"),
            Field("quota_files", "Files in the inbox", "20000"),
            Field("max_file_bytes", "Greatest file", "4GB"),
            Field("types", "File types", "wav, flac, jpg; messages (.xml) always may come"),
            Field("rate_bytes_s", "Bytes per second", "20MB"),
            Field("connections", "Sessions at a time", "8"),
        ),
    ),
    (
        "When and from where",
        (
            Field("networks", "Networks", "192.0.2.0/24, 2001:db8::/32; empty: from anywhere"),
            Field("schedule", "Hours", "mon-fri 08:00-18:00 Europe/Berlin; empty: always"),
        ),
    ),
    (
        "Processing",
        (
            Field(
                "process",
                "Each delivery",
                "",
                (("auto", "is processed at once"), ("hold", "waits for your release")),
            ),
            Field(
                "completion",
                "Batches are completed by",
                "",
                (("either", "either"), ("manifest", "a manifest"), ("empty", "an empty file")),
            ),
            Field("waits_hours", "Incomplete for hours", "then it needs attention: 24"),
            Field("sla_minutes", "Answered within minutes", "the SLA clock: 15"),
            Field(
                "legacy_algorithms",
                "Old SSH algorithms",
                "",
                (("false", "are refused"), ("true", "are taken from this feed")),
            ),
        ),
    ),
    (
        "Notifications",
        (
            Field("notify.mail", "Mail to", "ops@label.example, a@label.example"),
            Field("notify.webhook", "Webhook", "https://label.example/hooks/segue"),
            Field("notify.events", "Of what", "refused, held, overdue; empty: everything"),
        ),
    ),
    (
        "Watched store",
        (
            Field("watch.url", "Address", "s3://bucket/prefix, gs://…, az://account/container"),
            Field("watch.endpoint", "Endpoint", "https://store.example, if not the cloud's own"),
            Field("watch.region", "Region", "eu-central-1"),
            Field("watch.queue", "SQS queue", "https://sqs.….amazonaws.com/…"),
            Field("watch.processed", "Move read objects to", "processed/; empty: leave them"),
            Field("watch.errors", "Move refused objects to", "errors/"),
            Field("watch.interval_s", "Seconds between looks", "60"),
            Field("watch.role_arn", "Role to assume", "arn:aws:iam::…:role/…"),
            Field("watch.external_id", "External id", "agreed with the sender"),
            Field("watch.push_account", "Pub/Sub account", "push@project.iam.gserviceaccount.com"),
            Field("watch.push_audience", "Pub/Sub audience", "empty: the address pushed to"),
            Field("watch.status_url", "Atom: post answers to", "https://label.example/ern/status"),
            Field(
                "watch.delete_taken",
                "Atom: accepted messages",
                "",
                (("false", "stay on the sender's list"), ("true", "are taken off it")),
            ),
            Field(
                "watch.plain_http",
                "Atom: credential over http",
                "",
                (("false", "is never sent"), ("true", "is sent, readable on its way")),
            ),
        ),
    ),
)
FIELDS: tuple[Field, ...] = tuple(field for _, fields in GROUPS for field in fields)


def texts(terms: FeedTerms) -> dict[str, str]:
    """Every field's text; empty where nothing is agreed."""
    told = dict(_flat(terms.to_json()))
    if terms.schedule is not None:
        told["schedule"] = str(terms.schedule)
    return {field.name: told.get(field.name, "") for field in FIELDS}


def read(given: Mapping[str, str]) -> FeedTerms:
    """The terms that a form says. Raises Misuse."""
    said = ((field.name, given.get(field.name, "").strip()) for field in FIELDS)
    return FeedTerms().changed([f"{name}={text}" for name, text in said if text])


def agreed(terms: FeedTerms) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of what limits something, as label and words, for the feed's page."""
    told = texts(terms)
    found = []
    for title, fields in GROUPS:
        rows = [(field.label, _words(field, told[field.name])) for field in fields]
        if shown := [(label, said) for label, said in rows if said]:
            found.append((title, shown))
    return found


def _words(field: Field, text: str) -> str:
    return dict(field.choices).get(text, text)


def _flat(data: Shape, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield prefix + key, ", ".join(map(str, value))
        elif isinstance(value, bool):
            yield prefix + key, str(value).lower()
        else:
            yield prefix + key, _size(value) if key in _SIZES else _number(value)


def _size(count: int) -> str:
    """Exactly, in the greatest unit that divides it."""
    for unit, size in _UNITS:
        if count % size == 0:
            return f"{count // size}{unit}"
    return str(count)


def _number(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
