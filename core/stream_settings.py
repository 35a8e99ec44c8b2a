"""Settings of the way out: who gives the bytes of media, who may read them, how many at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.door_settings import Section


class Streams(Section):
    """How many players of one account may play at the same time, by tier; 0 is any number."""

    premium: int = Field(default=0, ge=0, le=1000, description="Of paying listeners.")
    free: int = Field(default=0, ge=0, le=1000, description="Of listeners who do not pay.")


class Stream(Section):
    """Media on its way to listeners."""

    way: Literal["app", "accel", "redirect"] = Field(
        default="app",
        description="Who gives the bytes of segments: app (Segue), accel (nginx in front, by "
        "X-Accel-Redirect), redirect (signed addresses of the object store, or of `cdn_url`). With "
        "nginx and auth_request it stays app.",
    )
    origins: tuple[str, ...] = Field(
        default=(),
        description="Origins whose pages and receivers may read media, such as "
        "https://music.example, or * for all, as casting needs.",
    )
    cdn_url: str = Field(
        default="",
        pattern="^(https?://[^?#]+)?$",
        description="Address under which a network in front of the object store has its objects; "
        "empty redirects to the store itself.",
    )
    cdn_key: str = Field(
        default="",
        description="Key of the signatures that this network checks, as nginx's secure_link does.",
    )


class Objects(Section):
    """Where masters, segments and artwork lie."""

    url: str = Field(
        default="",
        pattern="^((s3|gs|az)://.+)?$",
        description="A bucket, and a prefix in it: s3://bucket/prefix, gs://…, az://container/…; "
        "empty keeps objects in the data folder.",
    )
    endpoint: str = Field(default="", description="Address of the store; empty: its provider's.")
    region: str = Field(default="us-east-1", description="Region of a bucket of S3.")
    key: str = Field(default="", description="Access key of S3, or account of Azure.")
    secret: str = Field(
        default="",
        description="Secret key of S3, account key of Azure, or service account (JSON) of Google.",
    )
