"""Pieces of any size, in any order, are the file and its digest."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from blake3 import blake3
from hypothesis import given, settings, strategies as st

from ingest.doors.common.upload import Intake, Upload

SIZES = st.lists(st.sampled_from([0, 1, 1000, (1 << 19) - 1, 1 << 19, (1 << 19) + 1, 3 << 20]))


@settings(max_examples=25, deadline=None)
@given(SIZES, st.integers(0, 3))
def test_pieces_of_any_size(sizes: list[int], drained: int) -> None:
    data = os.urandom(sum(sizes))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        upload = Upload(descriptor, ("file",), Intake(durable=False, watermark=0), append=False)
        offset = 0
        for number, size in enumerate(sizes):
            upload.take(offset, data[offset : offset + size])
            offset += size
            if number % 4 == drained:
                upload.drain()
        assert upload.size == len(data)
        assert upload.seal() == blake3(data).hexdigest()
        upload.close()
        assert path.read_bytes() == data
