"""Settings of the ways in: doors, who is kept out of them, and what is done with what arrives."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A group of settings; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sftp(Section):
    """The SFTP door."""

    host: str = Field(default="127.0.0.1", description="Address that the door listens on.")
    port: int = Field(default=2222, ge=0, le=65535, description="Its port; 0 takes a free one.")
    legacy: bool = Field(
        default=False,
        description="Whether a second port speaks old algorithms too (SHA-1, CBC, 3DES), for feeds "
        "whose terms say `legacy_algorithms`; no other feed may log in there.",
    )
    legacy_port: int = Field(
        default=2223, ge=0, le=65535, description="That port; 0 takes a free one."
    )
    advertised_host: str = Field(
        default="", description="Host name that feeds are told; empty means `sftp.host`."
    )
    proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses (CIDR) of proxies in front of the door; each connection of theirs "
        "has to begin with a header of the PROXY protocol (version 1 or 2), one of anybody else "
        "may not.",
    )
    fsync: bool = Field(
        default=True,
        description="Force each finished file, by whatever door it came, to the disk before it "
        "counts as received.",
    )
    min_free_mb: int = Field(
        default=256, ge=0, description="Refuse uploads when less than this is free, in MiB."
    )
    keep_partial_hours: int = Field(
        default=48, ge=1, description="How long unfinished uploads stay, in hours."
    )
    keep_refused_days: int = Field(
        default=7,
        ge=0,
        description="How long the files of refused deliveries stay in the sender's view, in days.",
    )


class Guard(Section):
    """Who is kept out of the doors, and how many connections there may be."""

    allow: tuple[str, ...] = Field(
        default=("127.0.0.0/8", "::1/128"),
        description="Addresses (CIDR) that are never banned and may have any number of "
        "connections. Behind a proxy that does not tell who is calling, everybody comes from its "
        "address: accounts are still banned then.",
    )
    failures: int = Field(
        default=10,
        ge=0,
        description="Failed logins of an address at the doors that ban it, of an account from one "
        "address at the web server that ban it from there; 0 bans nobody.",
    )
    account_failures: int = Field(
        default=10,
        ge=0,
        description="Failed logins to an account, from anywhere, that ban logins to it from "
        "addresses that it never came from; 0 bans none.",
    )
    people_failures: int = Field(
        default=50,
        ge=0,
        description="Failed sign-ins of people at the web server that ban their address, which "
        "many may share; `failures` of them ban one account from there first. 0 bans none.",
    )
    window_s: int = Field(
        default=600, ge=1, description="How long a failed login counts, in seconds."
    )
    ban_s: int = Field(
        default=900,
        ge=1,
        description="How long a first ban lasts, in seconds; each further one within a day lasts "
        "twice as long.",
    )
    longest_ban_s: int = Field(
        default=86_400, ge=1, description="How long a ban lasts at most, in seconds."
    )
    connections: int = Field(
        default=1000, ge=1, description="Connections to the doors at the same time, in all."
    )
    per_address: int = Field(
        default=100,
        ge=1,
        description="Connections of one address (IPv6: of one network of 64 bits) at the same "
        "time.",
    )


class Audit(Section):
    """The log of sessions, commands and files at the doors."""

    keep_days: int = Field(default=365, ge=1, description="How long entries are kept, in days.")
    keep_rows: int = Field(
        default=5_000_000, ge=1000, description="How many entries are kept at most."
    )


class Clamav(Section):
    """The virus scanner ClamAV, asked about every file of a delivery."""

    address: str = Field(
        default="",
        pattern=r"^(unix:.+|tcp://[^/\s]+:\d{1,5})?$",
        description="Address of clamd: unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310; empty "
        "scans nothing.",
    )
    timeout_s: float = Field(
        default=120.0, gt=0, description="How long one file may take, in seconds."
    )
    max_mb: int = Field(
        default=2000,
        ge=1,
        description="Greatest file that is scanned, in MiB; at most `StreamMaxLength` of clamd.",
    )
    oversize: str = Field(
        default="hold",
        pattern="^(hold|accept)$",
        description="What becomes of a delivery with a greater file: `hold` or `accept`.",
    )


class Inbox(Section):
    """Deliveries that are not complete yet."""

    settle_seconds: float = Field(
        default=2.0,
        ge=0,
        description="Quiet after which the sender of a completed batch is told which of the files "
        "named in it are missing, in s.",
    )
    store_settle_seconds: float = Field(
        default=300.0,
        ge=0,
        description="The same for object stores, where nobody sees what is still being uploaded.",
    )
    waits_hours: float = Field(
        default=24.0,
        gt=0,
        description="Hours after which an incomplete delivery needs attention, unless the feed's "
        "terms say another time.",
    )


class Ftp(Section):
    """The FTPS door, and plain FTP where nothing else is possible."""

    enabled: bool = Field(
        default=False, description="Whether the door is open, for FTP over TLS (FTPS)."
    )
    host: str = Field(default="127.0.0.1", description="Address that the door listens on.")
    port: int = Field(
        default=2121,
        ge=0,
        le=65535,
        description="Port for explicit TLS (AUTH TLS) and plain FTP; 0 takes a free one.",
    )
    implicit_port: int = Field(
        default=2990, ge=0, le=65535, description="Port for implicit TLS; 0 takes a free one."
    )
    plain: bool = Field(
        default=False,
        description="Whether feeds of the protocol `ftp` may come without TLS: their passwords and "
        "files can then be read on the way.",
    )
    protect_data: bool = Field(
        default=True,
        description="Whether a session under TLS has to encrypt its data connections too (PROT P).",
    )
    require_reuse: bool = Field(
        default=False,
        description="Whether an encrypted data connection has to take up the TLS session of its "
        "control connection, which proves that both are of one client; curl and many others do "
        "not.",
    )
    advertised_host: str = Field(
        default="",
        description="Host name or IPv4 address that feeds are told, also for passive data "
        "connections behind NAT; empty means `doors.ftp.host`.",
    )
    passive_ports: str = Field(
        default="",
        pattern=r"^(\d{1,5}-\d{1,5})?$",
        description="Ports for passive data connections, e.g. 50000-50100; empty takes any.",
    )
    proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses (CIDR) of proxies in front of the door; each control connection of "
        "theirs has to begin with a header of the PROXY protocol (version 1 or 2), one of anybody "
        "else may not.",
    )
    certificate: Path | None = Field(
        default=None,
        description="PEM file of the certificate with its chain; empty means a self-signed one, "
        "made once in the data folder.",
    )
    key: Path | None = Field(
        default=None, description="PEM file of its private key; empty means it is in the same file."
    )


class Http(Section):
    """The HTTP door, on the port of the web server; open to feeds of the protocol `http`."""

    max_file_gb: int = Field(
        default=64, ge=1, description="Greatest file of any door, and greatest package, in GiB."
    )
    uploads: int = Field(
        default=64, ge=1, le=1000, description="Uploads of one feed at the same time."
    )
    idle_s: float = Field(
        default=60.0, ge=1, description="How long an upload may pause before it is broken off."
    )


class Doors(Section):
    """Ways in for deliveries, beside SFTP."""

    ftp: Ftp = Ftp()
    http: Http = Http()
