"""One connection of each protocol that writes small files, one after another."""

from __future__ import annotations

import ftplib
import http.client
from typing import TYPE_CHECKING, Any

import paramiko

from bench._doors import clients, loads

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack
    from pathlib import Path

    from bench._doors.ours import Ours


def putters(ours: Ours, key: Path, stack: ExitStack) -> dict[str, Callable[[str, bytes], None]]:
    """How one connection of each protocol writes a file, folders included."""
    return {
        "sftp": _put_sftp(ours, key, stack),
        "ftps": _put_ftp(ours, stack),
        "http": _put_http(ours, stack),
    }


def _put_sftp(ours: Ours, key: Path, stack: ExitStack) -> Callable[[str, bytes], None]:
    transport = paramiko.Transport((ours.host, ours.sftp))
    stack.callback(transport.close)
    way = loads.way_of(ours, "sftp")
    transport.connect(username=way.user, pkey=paramiko.Ed25519Key.from_private_key_file(str(key)))
    client = paramiko.SFTPClient.from_transport(transport)

    def put(path: str, content: bytes) -> None:
        if client is None:
            raise ConnectionError("no session")
        _folders(path, client.mkdir)
        with client.open(path, "wb") as file:
            file.write(content)

    return put


def _put_ftp(ours: Ours, stack: ExitStack) -> Callable[[str, bytes], None]:
    way = loads.way_of(ours, "ftps")
    client = clients.connected(way, tls=True)
    stack.callback(client.close)

    def put(path: str, content: bytes) -> None:
        _folders(path, client.mkd)
        with client.transfercmd(f"STOR {path}") as data:
            data.sendall(content)
            data.unwrap()  # type: ignore[attr-defined]
        client.voidresp()

    return put


def _put_http(ours: Ours, stack: ExitStack) -> Callable[[str, bytes], None]:
    way = loads.way_of(ours, "http")
    client = http.client.HTTPConnection(way.host, way.port, timeout=60)
    stack.callback(client.close)
    headers = {"Authorization": f"Bearer {way.password}"}

    def put(path: str, content: bytes) -> None:
        client.request("PUT", f"{way.at}{path}", content, headers)
        client.getresponse().read()

    return put


def _folders(path: str, make: Callable[[str], Any]) -> None:
    parts = path.split("/")[:-1]
    for count in range(1, len(parts) + 1):
        try:
            make("/".join(parts[:count]))
        except (OSError, ftplib.error_perm):
            continue  # there already
