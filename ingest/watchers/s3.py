"""A bucket of S3, or of anything that speaks it, as a `Source`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from storage.source import Found, ObjectChanged, StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CopySourceTypeDef, ObjectTypeDef

_CHANGED = frozenset({"PreconditionFailed", "NoSuchKey", "404", "412", "InvalidRange", "NotFound"})
_LASTING = {
    "AccessDenied": "let our keys or role list and read this prefix: `segue s3 policy`",
    "403": "let our keys or role list and read this prefix: `segue s3 policy`",
    "InvalidAccessKeyId": "the access key is unknown there: `segue feeds rotate`",
    "SignatureDoesNotMatch": "the secret of the access key is wrong: `segue feeds rotate`",
    "NoSuchBucket": "there is no such bucket: mend the feed's watch address",
    "PermanentRedirect": "the bucket is in another region: set the feed's watch region",
    "AuthorizationHeaderMalformed": "the bucket is in another region: set the watch region",
}


class S3Source:
    """One bucket by one client, which is closed with it."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def pages(self, prefix: str, after: str = "") -> Iterator[Sequence[Found]]:
        """Pages of a thousand."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, StartAfter=after
        )
        with _told(prefix):
            for page in pages:
                yield [_found(one) for one in page.get("Contents", ())]

    def find(self, key: str) -> Found | None:
        """By a listing: with the least rights, a HEAD of what is gone is forbidden, not absent."""
        with _told(key):
            said = self._client.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
        return next((_found(one) for one in said.get("Contents", ()) if one["Key"] == key), None)

    def read(self, found: Found, start: int, end: int) -> bytes:
        """A range, as long as the object is the one that was found."""
        with _told(found.key):
            said = self._client.get_object(
                Bucket=self._bucket,
                Key=found.key,
                Range=f"bytes={start}-{end - 1}",
                IfMatch=found.etag,
            )
            with said["Body"] as body:
                return bytes(body.read())

    def put(self, key: str, data: bytes | Path) -> None:
        """A file in parts, where it is big."""
        with _told(key):
            if isinstance(data, bytes):
                self._client.put_object(Bucket=self._bucket, Key=key, Body=data)
            else:
                self._client.upload_file(str(data), self._bucket, key)

    def copy(self, found: Found, key: str) -> None:
        """Inside the store; in parts above 5 GiB, as S3 asks for."""
        source: CopySourceTypeDef = {"Bucket": self._bucket, "Key": found.key}
        with _told(found.key):
            self._client.copy(
                source,
                self._bucket,
                key,
                ExtraArgs={"CopySourceIfMatch": found.etag},
            )

    def delete(self, found: Found) -> None:
        """This version where the bucket keeps versions; else, if it is still this object.

        Stores that know no conditional DELETE ignore the condition: there, the moment between the
        question and the deletion stays.
        """
        now = self.find(found.key)
        if now is None or now.mark != found.mark:
            raise ObjectChanged(found.key)
        with _told(found.key):
            said = self._client.head_object(Bucket=self._bucket, Key=found.key, IfMatch=found.etag)
            version = said.get("VersionId", "null")
            if version != "null":
                self._client.delete_object(Bucket=self._bucket, Key=found.key, VersionId=version)
            else:
                self._client.delete_object(Bucket=self._bucket, Key=found.key, IfMatch=found.etag)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()


def _found(one: ObjectTypeDef) -> Found:
    return Found(
        key=one["Key"],
        size=one["Size"],
        etag=one.get("ETag", "").strip('"'),
        modified=one["LastModified"],
    )


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Errors of the library and of the network in our words."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _CHANGED:
            raise ObjectChanged(key) from error
        raise StoreFault(
            f"the store answered {code}: {error.response.get('Error', {}).get('Message', '')}"[
                :500
            ],
            remedy=_LASTING.get(code, ""),
            retryable=code not in _LASTING,
        ) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise StoreFault(f"the store can't be used: {error}"[:500]) from error
