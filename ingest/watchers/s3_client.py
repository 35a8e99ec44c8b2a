"""Clients of S3, SQS and STS: with a feed's own keys, a role that it lets us take, or, when the
operator allows it, the identity of this machine.

Nothing is ever looked up in the environment behind the operator's back, and an endpoint that a feed
gave is connected to only at an address that the outbound guard judged.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.session import Session as Core
from urllib3.exceptions import NewConnectionError

from core.errors import NotAllowed, SegueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

    from core.outbound import Outbound
    from ingest.watchers.watched import Watched

Client = TypeVar("Client")
_REGION = "us-east-1"
_SESSION = "segue"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Access:
    """How clients are made. `trusted` are endpoints that the operator set, which no guard judges;
    `own_identity` whether this machine's own identity (environment, files, instance role) may be
    used for feeds without keys, and to take their roles. Times in seconds."""

    outbound: Outbound
    own_identity: bool = False
    trusted: tuple[str, ...] = ()
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    connections: int = 16
    sts_endpoint: str = ""

    def s3(self, watched: Watched, secret: Mapping[str, str]) -> S3Client:
        """A client for the feed's bucket. Raises SegueError."""
        session = self._session(watched, secret)
        style = "path" if watched.endpoint else "auto"
        client = session.client(
            "s3",
            endpoint_url=watched.endpoint or None,
            # without it, boto3 signs addresses in the old way, which newer regions refuse
            config=self._config(s3={"addressing_style": style}, signature_version="s3v4"),
        )
        return self._guarded(client, watched.endpoint)

    def sqs(self, watched: Watched, secret: Mapping[str, str]) -> SQSClient:
        """A client for the feed's queue; its endpoint is the host of the queue's address, unless
        that is one of Amazon's."""
        session = self._session(watched, secret)
        base = "/".join(watched.queue.split("/")[:3])
        amazon = base.endswith((".amazonaws.com", ".amazonaws.com.cn"))
        client = session.client(
            "sqs", endpoint_url=None if amazon else base, config=self._config(longer=20.0)
        )
        return self._guarded(client, "" if amazon else base)

    def trusts(self, endpoint: str) -> bool:
        """Whether the operator set this endpoint, so that no guard judges it."""
        return endpoint.rstrip("/") in {one.rstrip("/") for one in self.trusted}

    def _session(self, watched: Watched, secret: Mapping[str, str]) -> boto3.Session:
        core = Core()
        core.set_config_variable("region", watched.region or _REGION)
        keys = _keys(secret)
        if keys is None and not self.own_identity:
            raise NotAllowed(
                "this feed has no access key, and this machine's own identity may not be used",
                remedy="give the feed a credential of the kind `store`, or set "
                "watchers.own_identity = true",
            )
        if keys is not None:
            core.set_credentials(keys.access_key, keys.secret_key, keys.token)
        if watched.role_arn:
            core = self._in_role(core, watched)
        return boto3.Session(botocore_session=core)

    def _in_role(self, base: Core, watched: Watched) -> Core:
        """A session in the role, whose keys renew themselves."""
        source = base.get_credentials()
        if source is None:
            raise NotAllowed("this machine has no identity of its own", remedy="give it a role")
        extra = {"RoleSessionName": _SESSION}
        if watched.external_id:
            extra["ExternalId"] = watched.external_id

        def sts(service: str, **given: Any) -> Any:  # noqa: ANN401 - botocore's own
            given["config"] = self._config()
            return base.create_client(service, endpoint_url=self.sts_endpoint or None, **given)

        core: Any = Core()
        core.set_config_variable("region", watched.region or _REGION)
        core._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - no public way in
            method="assume-role",
            refresh_using=AssumeRoleCredentialFetcher(
                client_creator=sts,
                source_credentials=source,
                role_arn=watched.role_arn,
                extra_args=extra,
            ).fetch_credentials,
        )
        return core  # type: ignore[no-any-return]

    def _config(self, *, longer: float = 0.0, **other: Any) -> Config:
        return Config(
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout + longer,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=self.connections,
            request_checksum_calculation="when_required",  # old radosgw knows none
            response_checksum_validation="when_required",
            proxies={},  # none of the environment
            # AWS_ENDPOINT_URL may be of our own store; types-boto3 does not know it
            **{"ignore_configured_endpoint_urls": True, **other},
        )

    def _guarded(self, client: Client, endpoint: str) -> Client:
        if endpoint and not self.trusts(endpoint):
            self.outbound.check(endpoint)
            inner: Any = client
            http = inner._endpoint.http_session  # noqa: SLF001 - no public way to its sockets
            http._manager.pool_classes_by_scheme = _pools(self.outbound)  # noqa: SLF001
        return client


def _keys(secret: Mapping[str, str]) -> Credentials | None:
    if not secret.get("access_key"):
        return None
    return Credentials(
        secret["access_key"], secret.get("secret_key", ""), secret.get("session_token") or None
    )


def _pools(outbound: Outbound) -> dict[str, type]:
    """Connection pools whose sockets are opened to judged addresses only."""

    def opened(connection: Any) -> socket.socket:  # noqa: ANN401 - either kind
        scheme = "https" if isinstance(connection, AWSHTTPSConnection) else "http"
        try:
            pinned = outbound.check(f"{scheme}://{_bracketed(connection.host)}:{connection.port}")
            return socket.create_connection((pinned.addresses[0], pinned.port), connection.timeout)
        except (SegueError, OSError) as fault:
            raise NewConnectionError(connection, str(fault)) from fault

    class Plain(AWSHTTPConnection):
        def _new_conn(self) -> socket.socket:
            return opened(self)

    class Tls(AWSHTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return opened(self)

    plain = type("Pool", (AWSHTTPConnectionPool,), {"ConnectionCls": Plain})
    tls = type("TlsPool", (AWSHTTPSConnectionPool,), {"ConnectionCls": Tls})
    return {"http": plain, "https": tls}


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
