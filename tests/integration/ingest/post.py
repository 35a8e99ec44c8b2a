"""What a sender is told, as it finds it: acknowledgements and follow-ups in its folder."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog import decisions
from catalog.models import Delivery, Feed, Telling
from ddex import xml, xsd
from ddex.choreography import acknowledgement, names
from ingest.follow_ups import FollowUps
from ingest.kept import StoredBooks

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.lifecycle import DecisionKind
    from core.schemas import SchemaFolder
    from ddex.choreography.acknowledgement import Acknowledgement
    from tests.integration.ingest.world import World


class Post:
    """The sender's view of what it is told."""

    def __init__(self, world: World, schemas: SchemaFolder) -> None:
        self.world = world
        self.schemas = schemas
        self.follow_ups = FollowUps(world.parts, operators=False)

    def hear(self) -> None:
        """A round, and another that finds nothing new."""
        self.world.clock.advance(timedelta(seconds=1))
        self.follow_ups.round()
        assert self.follow_ups.round() == 0

    def files(self) -> list[Path]:
        found = self.world.view.rglob("acknowledgements/*")
        return sorted(found, key=lambda path: names.ack(path.name).stamp)  # type: ignore[union-attr]

    def told(self, version: str = "18") -> list[Acknowledgement]:
        """All answers in order; each is valid."""
        schema = xsd.schema(self.schemas, f"ern-c-sftp/{version}/ern-choreography-sftp.xsd")
        for path in self.files():
            assert schema.violations(xml.parse(path.read_bytes())) == (), path
        return [acknowledgement.read(path.read_bytes()) for path in self.files()]

    def by_file(self) -> list[tuple[Path, Acknowledgement]]:
        """Each with its file, by the batches and then in order."""
        return sorted(zip(self.files(), self.told(), strict=True), key=lambda one: one[0])

    def statuses(self) -> list[str]:
        return [one.release_status for one in self.told()]

    def about(self, delivery: Delivery) -> list[str]:
        return [
            one.release_status
            for one in self.told()
            if one.acknowledged_message_id == delivery.message_id
        ]

    def rule(self, kind: DecisionKind, name: str = "") -> None:
        """An operator decides about the release."""
        how = {"by": "ada", "reason": "the label asked", "at": self.world.clock()}
        books = StoredBooks(self.world.parts.store)
        with self.world.database.write() as session:
            release = name or self.world.release().id
            decisions.rule(session, kind, release, books=books, **how)  # type: ignore[arg-type]

    def notices(self) -> list[tuple[str, str]]:
        """Channel and type of all posts and mails."""
        query = select(Telling.channel, Telling.type).order_by(Telling.channel, Telling.type)
        with self.world.database.read() as session:
            assert set(session.scalars(select(Feed.id))) == {self.world.feed}
            return [(row[0], row[1]) for row in session.execute(query)]
