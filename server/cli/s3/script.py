"""Presigned uploads as a script for `sh` and `curl`. Pure; every name in it is quoted."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.watchers.presigned import Piece, Upload

_HEAD = """\
#!/bin/sh
# {count} files. Run it in the folder that holds them, before {expires}.
# The addresses in here are keys: who has this script can upload until then.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() {{ curl --fail-with-body --silent --show-error --retry 5 --retry-connrefused "$@"; }}

told() {{ cat "$work/said" >&2; exit 1; }}

whole() {{ # file url header...
  file=$1 url=$2
  shift 2
  say --upload-file "./$file" "$@" --output "$work/said" "$url" || told
  printf '%s\\n' "$file"
}}

part() {{ # file number offset size url header...
  file=$1 number=$2 offset=$3 size=$4 url=$5
  shift 5
  tail -c "+$((offset + 1))" "./$file" | head -c "$size" > "$work/part"
  say --upload-file "$work/part" "$@" --dump-header "$work/headers" --output "$work/said" "$url" ||
    told
  etag=$(tr -d '\\r' < "$work/headers" | sed -n 's/^[Ee][Tt][Aa][Gg]: *//p' | tail -n 1)
  printf '<Part><PartNumber>%s</PartNumber><ETag>%s</ETag></Part>' \\
    "$number" "$etag" >> "$work/parts"
}}

begin() {{ printf '<CompleteMultipartUpload>' > "$work/parts"; }}

complete() {{ # file url
  printf '</CompleteMultipartUpload>' >> "$work/parts"
  say --request POST --header 'Content-Type: application/xml' --data-binary "@$work/parts" \\
    --output "$work/said" "$2" || told
  if grep -q '<Error' "$work/said"; then told; fi
  printf '%s\\n' "$1"
}}

"""


def script(uploads: Sequence[Upload], expires: str) -> str:
    """The whole script; it stops at the first file that is refused."""
    lines = [_HEAD.format(count=len(uploads), expires=expires)]
    for upload in uploads:
        lines += _lines(upload)
    return "".join(lines)


def _lines(upload: Upload) -> list[str]:
    if upload.complete is None:
        return [_call("whole", upload.path, upload.pieces[0].url, *_headers(upload.pieces[0]))]
    return [
        "begin\n",
        *(
            _call(
                "part", upload.path, each.number, each.offset, each.size, each.url, *_headers(each)
            )
            for each in upload.pieces
        ),
        _call("complete", upload.path, upload.complete),
    ]


def _headers(piece: Piece) -> list[str]:
    """As options of curl, which writes the length itself."""
    found: list[str] = []
    for name, value in piece.headers.items():
        if name != "Content-Length":
            found += ["--header", f"{name}: {value}"]
    return found


def _call(function: str, *words: object) -> str:
    return " ".join([function, *(shlex.quote(str(each)) for each in words)]) + "\n"


def table(uploads: Sequence[Upload]) -> str:
    """Tab-separated lines with a head: path, method, offset, size, headers, url. A path holds no
    tab: the path policy has refused it."""
    lines = ["path\tmethod\toffset\tsize\theaders\turl"]
    for upload in uploads:
        for each in upload.pieces:
            headers = "; ".join(f"{name}: {value}" for name, value in each.headers.items())
            lines.append(f"{upload.path}\tPUT\t{each.offset}\t{each.size}\t{headers}\t{each.url}")
        if upload.complete and upload.abort:
            lines.append(f"{upload.path}\tPOST\t0\t{upload.size}\t\t{upload.complete}")
            lines.append(f"{upload.path}\tDELETE\t0\t0\t\t{upload.abort}")
    return "\n".join(lines) + "\n"
