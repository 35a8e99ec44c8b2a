from __future__ import annotations

import shlex

from ingest.watchers.presigned import Piece, Upload
from server.cli.s3.script import script, table

HOSTILE = 'it\'s $(rm -rf x) `y` "z" & ; -o.xml'


def upload(path: str) -> Upload:
    headers = {"Content-Length": "3", "Content-MD5": "rL0Y20zC+Fzt72VPzMSk2A=="}
    piece = Piece(
        number=1, offset=0, size=3, url="https://s.example/b/k?a=1&b='2'", headers=headers
    )
    return Upload(path=path, key="feeds/one/" + path, size=3, pieces=(piece,))


def test_hostile_names_are_words() -> None:
    line = script([upload(HOSTILE)], "2026-01-01").splitlines()[-1]
    assert shlex.split(line) == [
        "whole",
        HOSTILE,
        "https://s.example/b/k?a=1&b='2'",
        "--header",
        "Content-MD5: rL0Y20zC+Fzt72VPzMSk2A==",
    ]


def test_the_table_has_one_line_for_each_request() -> None:
    head, line = table([upload(HOSTILE)]).splitlines()
    row = dict(zip(head.split("\t"), line.split("\t"), strict=True))
    assert (row["path"], row["method"], row["size"]) == (HOSTILE, "PUT", "3")
    assert row["headers"] == "Content-Length: 3; Content-MD5: rL0Y20zC+Fzt72VPzMSk2A=="
