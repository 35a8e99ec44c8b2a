"""The composition root: joins ports and implementations, for commands and for the service."""

from __future__ import annotations

import shutil
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

import player
from core.errors import SettingsInvalid
from core.outbound import Outbound
from core.schemas import SchemaFolder
from core.sealed import Sealer
from core.settings import Tiers
from core.work import Work
from ddex.data import territories
from ingest import decisions, pipeline, redrive, tellings
from ingest.audit_log import AuditLog
from ingest.doors.common.certificate import Certificate, ensure_certificate
from ingest.doors.common.clam import Clamd
from ingest.encodings import Encodings
from ingest.feed_accounts import FeedAccounts
from ingest.feed_credentials import Kind, sealed_value
from ingest.follow_ups import FollowUps
from ingest.inbox_clock import InboxClock
from ingest.mail import Mail, MailServer
from ingest.messengers import Messengers
from ingest.parts import Parts as IngestParts
from ingest.receiving import DatabaseInbox, Patience
from ingest.watchers.atom_answers import AtomAnswers
from ingest.webhooks import Receiver, Webhooks
from search.backends.tantivy import TantivyIndex
from search.catalogue import CatalogueSource
from search.indexer import Indexer
from server.accounts.keys import load_secret
from server.adapters import Probe, Transcode
from server.books import usage_store
from server.offices import report_office
from server.playback.keyring import KeyFile
from server.services.account import Account
from server.services.encodings_desk import EncodingsDesk
from server.services.feed_keeper import FeedKeeper
from server.services.judging import Judge
from server.services.parts import Parts as WebParts
from server.services.sheet import render
from server.sheets import sheet_of
from server.stream.ways import Accel, Presigned, Redirect, SecureLink
from transcode import ffmpeg
from transcode.pipeline import Transcoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.lifecycle import DecisionKind
    from core.settings import Settings
    from ingest.doors.http import HttpDoor
    from ingest.messengers import Channel
    from server.local import Local
    from server.services.sheet.model import Sheet
    from server.stream.ways import Way


class Engine:
    """Everything that processes deliveries: search index, pipeline, durable work."""

    def __init__(self, local: Local, work: Work | None = None) -> None:
        """`work` is passed in by tests that kill it at chosen points."""
        settings = local.settings
        _judge(settings)
        self.local = local
        self.index = TantivyIndex(local.data.search)
        self.audit = audit_log(local)
        self.indexer = Indexer(self.index, CatalogueSource(local.database).load)
        tool = ffmpeg.locate(settings.media.ffmpeg)
        self.parts = IngestParts(
            database=local.database,
            store=local.store,
            data=local.data,
            clock=local.clock,
            probe=Probe(tool),
            transcode=transcode_of(local, tool),
            index=self.indexer,
            schema=SchemaFolder(settings.schema_folder),
            party_dpid=settings.party.dpid,
            party_name=settings.party.name,
            wanted=_all_pairs(settings),
            scanner=scanner(settings),
            hold_unscanned=settings.clamav.oversize == "hold",
            audit=self.audit,
        )
        self.work = work or Work(local.data.work_database, parallel=settings.work.deliveries)
        pipeline.register(self.work, self.parts)
        self.outbound = Outbound(allow_private=settings.outbound.allow_private)
        self.encodings = Encodings(self.parts)
        self.follow_ups = FollowUps(self.parts, operators=bool(settings.webhooks.url))
        self.messengers = _messengers(local, self.outbound)
        self.inbox = DatabaseInbox(
            local.database, local.data.inbox, local.clock, self.nudge, _patience(settings)
        )
        self.inbox_clock = InboxClock(
            inbox=self.inbox,
            partial=local.data.partial,
            probe=self.parts.probe,
            operators=bool(settings.webhooks.url),
        )

    def nudge(self, delivery_ids: list[str]) -> None:
        """Begin new deliveries at once; what is missed here, the caretaker finds."""
        for delivery_id in delivery_ids if self.work.started else ():
            pipeline.enqueue_by_id(self.work, self.local.database, delivery_id)

    def retry(self, delivery_id: str) -> None:
        """Run a delivery again. Raises NotFound or Conflict."""
        with self.local.database.write() as session:
            redrive.again(session, self.local.clock, delivery_id)
        self.nudge([delivery_id])

    def decide(self, kind: DecisionKind, delivery_id: str, reason: str, by: str) -> None:
        """Release, reject or ask again for a held delivery. Raises NotFound, Conflict or Misuse."""
        with self.local.database.write() as session:
            decisions.decide(session, self.local.clock, kind, delivery_id, reason=reason, by=by)
        if self.work.started:
            pipeline.enqueue_received(self.work, self.local.database)

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()


def transcode_of(local: Local, tool: ffmpeg.Ffmpeg | None = None) -> Transcode:
    """The transcoder of this installation. Raises PartMissing when there is no ffmpeg."""
    media = local.settings.media
    return Transcode(
        Transcoder(
            local.store,
            local.data.work,
            tool or ffmpeg.locate(media.ffmpeg),
            parallel=media.parallel,
            packaging=media.packaging,
        )
    )


def _messengers(local: Local, guard: Outbound) -> Messengers:
    """Webhooks, mails, senders' web services. Raises SettingsInvalid."""
    hooks, mail = local.settings.webhooks, local.settings.mail
    channels: dict[str, Channel] = {
        tellings.WEBHOOK: Webhooks(
            local.database,
            local.clock,
            Sealer(local.data.keys),
            guard,
            operators=Receiver(hooks.url, (hooks.secret,) if hooks.secret else ()),
            timeout=hooks.timeout_s,
        ),
        tellings.MAIL: Mail(
            MailServer(**mail.model_dump()),
            local.clock,
            lambda: local.api_address().removesuffix("/api/v1"),
        ),
        tellings.ATOM: AtomAnswers(
            database=local.database,
            inbox=local.data.inbox,
            outbound=guard,
            credential=store_credentials(local),
        ),
    }
    return Messengers(local.database, local.clock, channels)


def store_credentials(local: Local) -> Callable[[str], tuple[str, bytes] | None]:
    """Gives the name and secret by which we come to the store or web service of a feed."""
    sealer = Sealer(local.data.keys)

    def credential(feed_id: str) -> tuple[str, bytes] | None:
        with local.database.read() as session:
            return sealed_value(session, sealer, feed_id, Kind.STORE, local.clock())

    return credential


def _patience(settings: Settings) -> Patience:
    chosen = settings.inbox
    return Patience(
        settle=timedelta(seconds=chosen.settle_seconds),
        store=timedelta(seconds=chosen.store_settle_seconds),
        waits=timedelta(hours=chosen.waits_hours),
    )


def audit_log(local: Local) -> AuditLog:
    """The audit log of this installation."""
    return AuditLog(local.database, local.data.root.resolve() / "audit")


def scanner(settings: Settings) -> Clamd | None:
    """The virus scanner, None when none is configured."""
    chosen = settings.clamav
    if not chosen.address:
        return None
    return Clamd(address=chosen.address, timeout=chosen.timeout_s, most=chosen.max_mb << 20)


def tiers(settings: Settings) -> dict[str, tuple[tuple[str, str], ...]]:
    """Tier -> its (CommercialModelType, UseType) pairs, the preferred first."""
    found = {}
    for name in Tiers.model_fields:
        pairs = (pair.partition("/") for pair in getattr(settings.tiers, name))
        found[name] = tuple((model, use) for model, _, use in pairs)
    return found


def _judge(settings: Settings) -> None:
    """Values that only the domain can judge.

    Raises:
        SettingsInvalid: no such territory or tier.
    """
    if territories.find(settings.listen.territory) is None:
        raise SettingsInvalid(
            f"setting listen.territory: {settings.listen.territory!r} is no territory",
            remedy="two letters of ISO 3166-1, such as GB",
        )
    if settings.listen.tier not in Tiers.model_fields:
        raise SettingsInvalid(
            f"setting listen.tier: there is no tier {settings.listen.tier!r}",
            remedy=f"one of: {', '.join(Tiers.model_fields)}",
        )


def _all_pairs(settings: Settings) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(pair for pairs in tiers(settings).values() for pair in pairs))


def web_parts(engine: Engine, sftp: tuple[str, int], door: HttpDoor | None = None) -> WebParts:
    """What the web application needs."""
    local, settings = engine.local, engine.local.settings
    return WebParts(
        database=local.database,
        objects=local.store,
        clock=local.clock,
        secret=load_secret(local.data.keys),
        media_keys=KeyFile(local.data.keys, local.clock).load,
        streams=settings.streams.model_dump(),
        way=way_of(local),
        origins=settings.stream.origins,
        spool_folder=local.data.spool,
        search=engine.index,
        feeds=feed_keeper(local),
        usage=usage_store(local),
        reports=report_office(local),
        encodings=EncodingsDesk(engine.parts, engine.encodings),
        four_eyes=settings.royalties.four_eyes,
        sheet=lambda feed_id: render.page(feed_sheet(local, feed_id)),
        retry=engine.retry,
        decide=engine.decide,
        tiers=tiers(settings),
        territory=settings.listen.territory,
        tier=settings.listen.tier,
        static_folder=player.static_folder(),
        manifest=player.manifest(),
        anonymous_may_play=settings.listen.anonymous,
        previews=settings.listen.previews,
        preview_seconds=settings.listen.preview_seconds,
        hot_bytes=settings.web.segment_cache_mb << 20,
        https=settings.web.url.startswith("https://"),
        sftp=sftp,
        door=door,
        judge=lambda feed_id: _judge_for(engine, feed_id),
    )


def way_of(local: Local) -> Way | None:
    """Who gives the bytes of media; None: we do.

    Raises:
        SettingsInvalid: the object store signs no addresses.
    """
    chosen = local.settings.stream
    if chosen.way == "accel":
        return Accel()
    if chosen.way == "app":
        return None
    if chosen.cdn_url:
        return Redirect(SecureLink(chosen.cdn_url, chosen.cdn_key), local.clock)
    if not local.store.capabilities.presign:
        raise SettingsInvalid(
            "setting stream.way: objects in the data folder have no addresses to redirect to",
            remedy="set objects.url to a bucket, or stream.cdn_url to a network in front of it",
        )
    return Redirect(Presigned(local.store, local.clock), local.clock)


def _judge_for(engine: Engine, feed_id: str) -> Judge:
    local = engine.local
    dpid = local.settings.party.dpid
    account = Account.of(local.database, local.clock, dpid, feed_id)
    schemas = SchemaFolder(local.settings.schema_folder)
    return Judge(schemas=schemas, probe=engine.parts.probe, account=account)


def feed_sheet(local: Local, feed_id: str) -> Sheet:
    """The onboarding sheet of a feed. Raises NotFound."""
    return sheet_of(local, ftp_certificate(local), feed_id)


def ftp_certificate(local: Local) -> Certificate:
    """The certificate of the FTP door: the operator's, or a self-signed one, made once."""
    chosen = local.settings.doors.ftp
    if chosen.certificate is not None:
        return Certificate(chosen.certificate, chosen.key or chosen.certificate)
    hosts = [chosen.advertised_host, socket.gethostname(), "localhost", "127.0.0.1", "::1"]
    return ensure_certificate(local.data.keys, filter(None, hosts), local.clock)


def feed_accounts(local: Local, *protocols: str) -> FeedAccounts:
    """Who may deliver by a door that serves these protocols."""
    return FeedAccounts(local.database, *protocols, clock=local.clock, uses=local.uses)


def feed_keeper(local: Local) -> FeedKeeper:
    """The service of feeds, for commands and for the web."""

    def discard(feed_id: str) -> None:
        for folder in (local.data.inbox, local.data.partial):
            shutil.rmtree(folder / feed_id, ignore_errors=True)

    return FeedKeeper(local.database, local.clock, Sealer(local.data.keys), discard)
