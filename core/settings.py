"""Settings: one typed, frozen tree. Defaults < `segue.toml` < `SEGUE_*` environment < flags.

`SEGUE_SECTION_NAME` sets `section.name`; `SEGUE_SECTION_NAME_FILE` reads it from a file. An unknown
key, in the file or in the environment, is refused with the nearest known one. Read only in
composition roots: everything else takes values.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from core.door_settings import Audit, Clamav, Doors, Guard, Inbox, Section, Sftp
from core.errors import SettingsInvalid
from core.stream_settings import Objects, Stream, Streams
from core.usage_settings import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "SEGUE_"


class Party(Section):
    """Who we are in DDEX messages."""

    dpid: str = Field(
        default="PADPIDA20261121011",
        description="Our DDEX party id, sender of acknowledgements and reports.",
    )
    name: str = Field(default="Segue", description="Our name in messages and reports.")
    contact: str = Field(
        default="",
        max_length=500,
        description="Whom senders may ask, as their onboarding sheets say: mail, telephone, hours.",
    )


class Web(Section):
    """The player, the API and the console."""

    host: str = Field(default="127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Its port; 0 takes a free one.")
    url: str = Field(
        default="",
        description="Public address when a proxy stands in front, e.g. https://music.example.",
    )
    proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses (CIDR) of proxies in front of us, whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed; empty believes nobody.",
    )
    segment_cache_mb: int = Field(default=256, ge=0, description="Memory for hot segments, in MiB.")


class Listen(Section):
    """Listeners."""

    anonymous: bool = Field(
        default=False, description="Whether visitors may play without signing in."
    )
    territory: str = Field(
        default="GB",
        min_length=2,
        max_length=2,
        description="Territory of new accounts and of visitors (ISO 3166-1).",
    )
    tier: str = Field(default="premium", description="Tier of new accounts and of visitors.")
    previews: tuple[str, ...] = Field(
        default=("premium", "free"),
        description="Tiers that may hear a preview of what they may not stream; empty: nobody.",
    )
    preview_seconds: int = Field(
        default=30, ge=1, le=90, description="Length of a preview where the message states none."
    )


class Ddex(Section):
    """DDEX material that is licensed to you, not shipped with Segue."""

    schemas: Path | None = Field(
        default=None,
        description="Folder of DDEX schemas; empty means `schemas` in the data folder. Without "
        "schemas, reports say that the schema check was skipped.",
    )


class Work(Section):
    """Durable work."""

    deliveries: int = Field(
        default=2, ge=1, le=64, description="Deliveries processed at the same time."
    )


class Watchers(Section):
    """Object stores of senders that are looked at for deliveries."""

    interval_s: float = Field(
        default=60.0,
        ge=1,
        description="Seconds between two looks at a feed's store, unless its terms say another "
        "time.",
    )
    own_identity: bool = Field(
        default=False,
        description="Whether this machine's own identity at Amazon (environment, files, instance "
        "role) may be used for feeds without keys, and to take the roles of feeds.",
    )
    endpoints: tuple[str, ...] = Field(
        default=(),
        description="Addresses of stores that you vouch for, also private ones; any other that a "
        "feed's terms name has to be public.",
    )
    google_keys: str = Field(
        default="https://www.googleapis.com/oauth2/v3/certs",
        description="Where the public keys lie that Google signs tokens of Pub/Sub by.",
    )
    sts_endpoint: str = Field(
        default="", description="Address where roles are taken; empty means Amazon's own."
    )


class Outbound(Section):
    """Requests to addresses that feeds and messages give."""

    allow_private: bool = Field(
        default=False,
        description="Whether they may lead to this machine and to private networks too; metadata "
        "and link-local addresses are refused ever.",
    )


class Webhooks(Section):
    """Whom to tell of releases that become available, change, are taken down or purged."""

    url: str = Field(
        default="",
        pattern="^(https?://.+)?$",
        description="Address that is told, signed as Standard Webhooks say; empty tells nobody.",
    )
    secret: str = Field(
        default="",
        description="Key of the signatures: `whsec_` and at least 24 bytes in base64.",
    )
    timeout_s: float = Field(default=15.0, gt=0, le=60, description="How long an answer may take.")


class Mail(Section):
    """The server that mails to feeds are handed to (`notify.mail` of a feed's terms)."""

    host: str = Field(default="", description="Host of the mail server; empty sends no mails.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How it is spoken to: starttls, tls (from the start), none."
    )
    user: str = Field(default="", description="Account at the mail server, if it wants one.")
    password: str = Field(default="", description="Its password.")
    sender: str = Field(default="", description="Address that mails come from.")
    timeout: float = Field(
        default=30.0, gt=0, le=300, description="How long the server may take for one step, in s."
    )


class Media(Section):
    """Audio and image processing."""

    ffmpeg: str = Field(
        default="",
        description="Path of ffmpeg; empty takes the system's, else the one of the wheel.",
    )
    parallel: int = Field(default=2, ge=1, le=64, description="Tracks encoded at the same time.")
    packaging: Literal["files", "ranges"] = Field(
        default="files",
        description="How what is encoded from now on is stored: `files`, one for each segment, or "
        "`ranges`, one for each rendition, of which players ask byte ranges.",
    )
    keep_spare_hours: int = Field(
        default=168,
        ge=25,
        le=24 * 3650,
        description="How long encodings are kept that no new play uses: of an earlier recipe, or "
        "between other neighbours. Longer than a play's token lives (24 hours).",
    )


class Tiers(Section):
    """What each tier may play, as `CommercialModelType/UseType` pairs in order of preference."""

    premium: tuple[str, ...] = Field(
        default=("SubscriptionModel/OnDemandStream",), description="Paying listeners."
    )
    free: tuple[str, ...] = Field(
        default=("AdvertisementSupportedModel/OnDemandStream", "FreeOfChargeModel/OnDemandStream"),
        description="Listeners who do not pay.",
    )


class Royalties(Section):
    """Money for rights holders."""

    four_eyes: bool = Field(
        default=False,
        description="Revenue and agreements count only when a second operator has approved them.",
    )


class Dsr(Section):
    """Usage reports."""

    four_eyes: bool = Field(
        default=True,
        description="Reports are approved by another operator than the one who planned them.",
    )


class Settings(Section):
    """All settings."""

    data: Path = Field(
        default=Path("data"), description="The data folder; everything that Segue keeps lies in it."
    )
    database: str = Field(
        default="",
        description="SQLAlchemy address of the database; empty means SQLite in the data folder.",
    )
    log: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="Level of the log: debug, info, warning, error.",
    )
    party: Party = Party()
    web: Web = Web()
    sftp: Sftp = Sftp()
    doors: Doors = Doors()
    guard: Guard = Guard()
    audit: Audit = Audit()
    clamav: Clamav = Clamav()
    inbox: Inbox = Inbox()
    listen: Listen = Listen()
    ddex: Ddex = Ddex()
    work: Work = Work()
    outbound: Outbound = Outbound()
    watchers: Watchers = Watchers()
    dsr: Dsr = Dsr()
    webhooks: Webhooks = Webhooks()
    mail: Mail = Mail()
    media: Media = Media()
    objects: Objects = Objects()
    stream: Stream = Stream()
    streams: Streams = Streams()
    tiers: Tiers = Tiers()
    usage: Usage = Usage()
    royalties: Royalties = Royalties()

    @property
    def database_url(self) -> str:
        """The address to connect to."""
        return self.database or f"sqlite:///{self.data.resolve() / 'segue.db'}"

    @property
    def schema_folder(self) -> Path:
        """Where the DDEX schemas lie, if there are any."""
        return self.ddex.schemas or self.data / "schemas"


def walk(section: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting as (dotted name, pydantic FieldInfo), sections flattened."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from walk(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def variable(name: str) -> str:
    """The environment variable of a dotted setting name."""
    return PREFIX + name.upper().replace(".", "_")


def load(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings of this process. `flags` maps dotted names to values; None values are left out.

    Raises:
        SettingsInvalid: an unknown key (with a suggestion) or a value that can't be used.
    """
    env = os.environ if environment is None else environment
    path = file or Path(env.get("SEGUE_CONFIG", "segue.toml"))
    tree = _read_file(path, must_exist=file is not None or "SEGUE_CONFIG" in env)
    for name, value in _from_environment(env):
        _set(tree, name, value)
    for name, value in (flags or {}).items():
        if value is not None:
            _set(tree, name, value)
    try:
        return Settings.model_validate(tree)
    except ValidationError as wrong:
        raise SettingsInvalid(_explain(wrong), remedy="see docs/reference/settings.md") from wrong


def _read_file(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if must_exist:
            raise SettingsInvalid(f"no settings file at {path}") from None
        return {}
    except (OSError, UnicodeDecodeError) as wrong:
        raise SettingsInvalid(f"{path} can't be read as UTF-8 text: {wrong}") from wrong
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise SettingsInvalid(f"{path} is not valid TOML: {wrong}") from wrong


def _from_environment(env: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    known = {variable(name): (name, field) for name, field in walk()}
    for key in sorted(env):
        if (
            not key.startswith(PREFIX)
            or key == "SEGUE_CONFIG"
            or key.startswith(("SEGUE_TEST_", "SEGUE_DELIVER_"))
        ):
            continue
        if key in known:
            name, field = known[key]
            yield name, _split(env[key], field)
        elif key.endswith("_FILE") and key.removesuffix("_FILE") in known:
            name, field = known[key.removesuffix("_FILE")]
            yield name, _split(_secret(key, env[key]), field)
        else:
            bare = [name.removeprefix(PREFIX) for name in known]
            near = _suggest(key.removeprefix(PREFIX), bare, PREFIX)
            raise SettingsInvalid(f"unknown variable {key}{near}")


def _secret(key: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as wrong:
        raise SettingsInvalid(
            f"{key} names {path}, which can't be read: {wrong.strerror}"
        ) from wrong


def _split(text: str, field: Any) -> Any:  # noqa: ANN401 - pydantic's own
    parts = (part.strip() for part in text.split(","))
    return list(filter(None, parts)) if "tuple" in str(field.annotation) else text


def _set(tree: dict[str, Any], name: str, value: Any) -> None:  # noqa: ANN401
    *sections, last = name.split(".")
    for section in sections:
        inner = tree.setdefault(section, {})
        if not isinstance(inner, dict):
            raise SettingsInvalid(f"setting {name}: {section} is a value, not a section")
        tree = inner
    tree[last] = value


def _suggest(key: str, known: list[str], prefix: str = "") -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"; did you mean {prefix}{near[0]}?" if near else ""


def _explain(wrong: ValidationError) -> str:
    known = [name for name, _ in walk()]
    lines = []
    for error in wrong.errors():
        name = ".".join(str(part) for part in error["loc"])
        if error["type"] == "extra_forbidden":
            lines.append(f"unknown setting {name}{_suggest(name, known)}")
        else:
            lines.append(f"setting {name}: {error['msg']}")
    return "; ".join(lines)
