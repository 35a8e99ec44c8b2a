"""Presigned uploads: addresses by which a sender without credentials puts its files, each bound to
one key, one length and, where it is known, one digest."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from core.errors import Misuse, NotAllowed, Unavailable
from ingest.doors.common.paths import clean, shown, writable
from ingest.doors.common.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from types_boto3_s3 import S3Client

    from core.clock import Clock

LONGEST = 7 * 24 * 3600
"""Seconds: Signature Version 4 allows no more."""
LARGEST_PUT = 5 << 30
SMALLEST_PART = 5 << 20
MOST_PARTS = 10_000
PART = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One PUT: `size` bytes from `offset` of the file, to `url` with exactly these headers."""

    number: int
    offset: int
    size: int
    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """How one file is put. A file in one piece has no `complete`; several pieces are put, their
    ETags posted to `complete`, or all is given up by DELETE of `abort`."""

    path: str
    key: str
    size: int
    pieces: tuple[Piece, ...]
    complete: str | None = None
    abort: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As printed and answered."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that is going to be put: its path from the feed's root, bytes, and digests in base64:
    of the whole file, or of its parts in order; empty where they are not known."""

    path: str
    size: int
    md5: str = ""
    sha256: str = ""
    part_md5s: tuple[str, ...] = ()


class Presigner:
    """Signs for one feed's prefix of one bucket; `client` has the credentials."""

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        prefix: str,
        *,
        clock: Clock,
        seconds: int = 3600,
        part: int = PART,
    ) -> None:
        if not 1 <= seconds <= LONGEST:
            raise Misuse(f"{seconds} s can't be signed", remedy=f"1 to {LONGEST} seconds")
        if not SMALLEST_PART <= part <= LARGEST_PUT:
            raise Misuse(f"parts of {part} bytes can't be put", remedy="5 MiB to 5 GiB")
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._seconds = seconds
        self._clock = clock
        self.part = part

    @property
    def ends(self) -> str:
        """When addresses that are signed now end, in ISO 8601."""
        return (self._clock() + timedelta(seconds=self._seconds)).isoformat(timespec="seconds")

    def sign(self, wanted: Wanted) -> Upload:
        """The addresses for one file; a file larger than a part is begun as a multipart upload.

        Raises:
            Misuse: a path that no sender may write, or a size or digest that can't be.
            NotAllowed, Unavailable: the store refused to begin, or can't be reached.
        """
        path = _path(wanted.path)
        _judge(wanted)
        key = self._prefix + path
        if wanted.size <= self.part:
            bound = _bound(wanted.size, wanted.md5, wanted.sha256)
            url = self._url("put_object", {"Key": key, **bound})
            piece = Piece(number=1, offset=0, size=wanted.size, url=url, headers=_headers(bound))
            return Upload(path=path, key=key, size=wanted.size, pieces=(piece,))
        return self._parts(path, key, wanted)

    def _parts(self, path: str, key: str, wanted: Wanted) -> Upload:
        count = -(-wanted.size // self.part)
        if count > MOST_PARTS:
            raise Misuse(
                f"{path}: {count} parts, at most {MOST_PARTS} are taken", remedy="larger parts"
            )
        if wanted.part_md5s and len(wanted.part_md5s) != count:
            raise Misuse(f"{path}: {len(wanted.part_md5s)} digests for {count} parts")
        begun = {"Key": key, "UploadId": self._begin(key)}
        return Upload(
            path=path,
            key=key,
            size=wanted.size,
            pieces=tuple(self._piece(begun, wanted, number) for number in range(1, count + 1)),
            complete=self._url("complete_multipart_upload", begun),
            abort=self._url("abort_multipart_upload", begun),
        )

    def _piece(self, begun: dict[str, Any], wanted: Wanted, number: int) -> Piece:
        offset = (number - 1) * self.part
        size = min(self.part, wanted.size - offset)
        bound = _bound(size, wanted.part_md5s[number - 1] if wanted.part_md5s else "", "")
        url = self._url("upload_part", {**begun, "PartNumber": number, **bound})
        return Piece(number=number, offset=offset, size=size, url=url, headers=_headers(bound))

    def _begin(self, key: str) -> str:
        try:
            return self._client.create_multipart_upload(Bucket=self._bucket, Key=key)["UploadId"]
        except ClientError as refused:
            code = refused.response["Error"]["Code"]
            raise NotAllowed(f"the store refused to begin {key!r}: {code}") from refused
        except BotoCoreError as fault:
            raise Unavailable(f"the store can't be reached: {fault}") from fault

    def _url(self, operation: str, given: dict[str, Any]) -> str:
        try:
            return self._client.generate_presigned_url(
                operation, Params={"Bucket": self._bucket, **given}, ExpiresIn=self._seconds
            )
        except BotoCoreError as fault:
            raise NotAllowed(f"nothing can be signed: {fault}") from fault


def _path(text: str) -> str:
    try:
        parts = clean(text)
        writable(parts)
    except Refused as refused:
        raise Misuse(f"{text!r}: {refused.text}") from refused
    if shown(parts) != text:
        raise Misuse(f"{text!r} is not plain", remedy=f"write it as {shown(parts)!r}")
    return text


def _judge(wanted: Wanted) -> None:
    if wanted.size < 0:
        raise Misuse(f"{wanted.path!r} can't have {wanted.size} bytes")
    digests = ((wanted.sha256, 32), (wanted.md5, 16), *((one, 16) for one in wanted.part_md5s))
    for text, length in digests:
        try:
            fits = not text or len(base64.b64decode(text, validate=True)) == length
        except ValueError:
            fits = False
        if not fits:
            raise Misuse(f"{wanted.path!r}: {text!r} is no digest of {length} bytes in base64")


def _bound(size: int, md5: str, sha256: str) -> dict[str, Any]:
    given = {"ContentLength": size, "ContentMD5": md5, "ChecksumSHA256": sha256}
    return {name: value for name, value in given.items() if value != ""}


def _headers(bound: dict[str, Any]) -> dict[str, str]:
    names = {
        "ContentLength": "Content-Length",
        "ContentMD5": "Content-MD5",
        "ChecksumSHA256": "x-amz-checksum-sha256",
    }
    return {names[name]: str(value) for name, value in bound.items()}


# ---- a folder of this machine


def wanted_of(folder: Path, *, part: int = PART, sha256: bool = False) -> Iterator[Wanted]:
    """The files of a folder with their digests, in the order to put them: media, then messages,
    then what says that a batch is complete.

    Raises:
        Misuse: there is none, or something that is no plain file.
    """
    files = sorted(_files(folder), key=lambda each: _order(each.relative_to(folder).as_posix()))
    if not files:
        raise Misuse(f"there is no file in {folder}", remedy="name a folder with a delivery")
    for file in files:
        yield _measured(file, file.relative_to(folder).as_posix(), part, sha256=sha256)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Misuse(f"{path} is no plain file", remedy="take it out of the folder")
        if path.is_file():
            yield path


def _order(path: str) -> tuple[int, str]:
    name = path.rpartition("/")[2]
    if name.startswith("BatchComplete"):
        return 2, path
    return int(name.lower().endswith(".xml")), path


def _measured(file: Path, path: str, part: int, *, sha256: bool) -> Wanted:
    whole, strong, parts, size = _md5(), hashlib.sha256(), [], 0
    with file.open("rb") as stream:
        while piece := _read(stream, part, (whole, strong)):
            parts.append(piece[0])
            size += piece[1]
    single = size <= part
    return Wanted(
        path=path,
        size=size,
        md5=_text(whole.digest()) if single and not sha256 else "",
        sha256=_text(strong.digest()) if single and sha256 else "",
        part_md5s=() if single else tuple(parts),
    )


def _read(stream: Any, most: int, hashes: Sequence[Any]) -> tuple[str, int] | None:  # noqa: ANN401 - a file
    """The digest and size of the next part."""
    digest, size = _md5(), 0
    while size < most and (some := stream.read(min(1 << 20, most - size))):
        for each in (digest, *hashes):
            each.update(some)
        size += len(some)
    return (_text(digest.digest()), size) if size else None


def _md5() -> Any:  # noqa: ANN401 - hashlib's type is private
    return hashlib.md5(usedforsecurity=False)


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
