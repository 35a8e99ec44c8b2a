"""The reference servers, under our own user, fetched without root where they are missing."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import _common
from core import spawn
from core.errors import PartMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
_PROFTPD = (
    "proftpd-core",
    "proftpd-mod-crypto",
    "libhiredis0.14",
    "libmemcached11",
    "libmemcachedutil2",
    "libhashkit2",
    "libpcre2-posix3",
)
_VSFTPD_CONF = """\
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_root={folder}
anon_umask=022
no_anon_password=YES
ftp_username={user}
nopriv_user={user}
run_as_launching_user=YES
xferlog_enable=NO
seccomp_sandbox=NO
pasv_address=127.0.0.1
connect_from_port_20=NO
secure_chroot_dir={folder}
ssl_enable=YES
allow_anon_ssl=YES
force_local_logins_ssl=NO
force_local_data_ssl=NO
require_ssl_reuse=NO
ssl_ciphers=HIGH
rsa_cert_file={certificate}
rsa_private_key_file={certificate}
"""
_PROFTPD_CONF = """\
ServerName reference
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
User {user}
Group {group}
{modules}LoadModule mod_tls.c
AuthOrder mod_auth_file.c
AuthUserFile {folder}/passwd
RequireValidShell off
UseFtpUsers off
RootLogin on
ScoreboardFile none
PidFile {folder}/pid
SystemLog none
WtmpLog off
TransferLog none
UseReverseDNS off
DelayEngine off
AllowOverwrite on
TLSEngine on
TLSRequired off
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile {certificate}
TLSECCertificateKeyFile {certificate}
TLSOptions NoSessionReuseRequired
"""
_NGINX_CONF = """\
daemon off;
worker_processes 1;
error_log stderr error;
pid {folder}/pid;
{user}
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    root {folder}/files;
    location / {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A running server: where it listens, who may come in, where files land."""

    name: str
    port: int
    user: str
    password: str
    folder: Path
    host: str = "127.0.0.1"


@contextmanager
def openssh(folder: Path, key: Path, cipher: str) -> Iterator[Reference]:
    """OpenSSH's server under our own user, or nobody when we are root without its user."""
    folder.mkdir()
    program, libraries = _sshd()
    as_nobody = os.getuid() == 0 and not _has_user("sshd")
    user = "nobody" if as_nobody else pwd.getpwuid(os.getuid()).pw_name
    host_key, keys = make_key(folder / "host_key"), folder / "authorized_keys"
    shutil.copy(f"{key}.pub", keys)
    port, settings = free_port(), folder / "sshd_config"
    settings.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {host_key}\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {keys}\nStrictModes no\nPasswordAuthentication no\n"
        f"PermitRootLogin yes\nCiphers {cipher}\nSubsystem sftp internal-sftp\n"
        "ForceCommand internal-sftp\nLogLevel ERROR\n"
    )
    argv = [program, "-D", "-e", "-f", str(settings)]
    if as_nobody:
        for path in (folder, host_key, keys, settings):
            os.chown(path, NOBODY, NOBODY)
        drop = spawn.find("setpriv", "util-linux")
        argv = [drop, "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", *argv]
    elif os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with _running("OpenSSH's server", argv, folder, port, libraries):
        yield Reference("OpenSSH", port, user, "", folder)


@contextmanager
def vsftpd(folder: Path, certificate: Path) -> Iterator[Reference]:
    """vsftpd; whoever comes may upload into its folder."""
    folder.mkdir()
    root = _common.debian("vsftpd", "libwrap0")
    port, files = free_port(), folder / "files"
    files.mkdir()
    user = pwd.getpwuid(os.getuid()).pw_name if os.getuid() else "nobody"
    if os.getuid() == 0:
        os.chown(files, NOBODY, NOBODY)
    settings = folder / "vsftpd.conf"
    settings.write_text(
        _VSFTPD_CONF.format(port=port, folder=folder, user=user, certificate=certificate)
    )
    argv = [str(root / "usr/sbin/vsftpd"), str(settings)]
    with _running("vsftpd", argv, folder, port, _libraries(root)):
        yield Reference("vsftpd", port, "anonymous", "bench", files)


@contextmanager
def proftpd(folder: Path, certificate: Path) -> Iterator[Reference]:
    """ProFTPD with one user of its own file."""
    folder.mkdir()
    root = _common.debian(*_PROFTPD)
    port, files = free_port(), folder / "files"
    files.mkdir()
    me = pwd.getpwuid(os.getuid())
    hashed = spawn.run([spawn.find("openssl", "openssl"), "passwd", "-6", "bench"], timeout=30)
    users = folder / "passwd"
    users.write_text(
        f"bench:{hashed.out.decode().strip()}:{me.pw_uid}:{me.pw_gid}::{files}:/bin/sh\n"
    )
    users.chmod(0o600)
    settings = folder / "proftpd.conf"
    settings.write_text(
        _PROFTPD_CONF.format(
            port=port,
            user=me.pw_name,
            group=_group(me.pw_gid),
            modules=f"ModulePath {root}/usr/lib/proftpd\n",
            folder=folder,
            certificate=certificate,
        )
    )
    argv = [str(root / "usr/sbin/proftpd"), "-n", "-q", "-c", str(settings)]
    with _running("ProFTPD", argv, folder, port, _libraries(root)):
        yield Reference("ProFTPD", port, "bench", "bench", files)


@contextmanager
def nginx(folder: Path) -> Iterator[Reference]:
    """nginx that takes files by PUT, as WebDAV has it."""
    folder.mkdir()
    files = folder / "files"
    files.mkdir()
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        program = str(_common.debian("nginx") / "usr/sbin/nginx")
    port, settings = free_port(), folder / "nginx.conf"
    as_root = "user root;" if os.getuid() == 0 else ""
    settings.write_text(_NGINX_CONF.format(port=port, folder=folder, user=as_root))
    with _running("nginx", [program, "-p", str(folder), "-c", str(settings)], folder, port, {}):
        yield Reference("nginx", port, "", "", files)


def make_key(path: Path) -> Path:
    """A client's key without a passphrase; its public half lies beside."""
    keygen = spawn.find("ssh-keygen", "openssh-client")
    done = spawn.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(path)], timeout=30)
    if done.code:
        raise PartMissing(f"ssh-keygen failed: {done.err}")
    return path


def free_port() -> int:
    """A port of loopback that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _running(
    name: str, argv: list[str], folder: Path, port: int, environment: dict[str, str]
) -> Iterator[None]:
    # vsftpd tells its faults on its standard input, and checks that it has one
    with (folder / "log").open("w+b") as log:
        child = spawn.start(argv, stdin=log, stdout=log, stderr=log, env=environment)
    try:
        _await(name, port, folder / "log")
        yield
    finally:
        child.terminate()
        child.communicate(timeout=60)


def _await(name: str, port: int, log: Path) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise PartMissing(f"{name} did not start: {log.read_text(errors='replace')[-500:]}")


def _sshd() -> tuple[str, dict[str, str]]:
    """Path of sshd, and the environment it needs."""
    installed = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if installed:
        return installed, {}
    root = _common.debian("openssh-server", "libwrap0")
    return str(root / "usr/sbin/sshd"), _libraries(root)


def _libraries(root: Path) -> dict[str, str]:
    folders = [
        str(path) for found in ("usr/lib", "lib") for path in (root / found).glob("*-linux-*")
    ]
    return {"LD_LIBRARY_PATH": ":".join(folders)}


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _group(gid: int) -> str:
    return grp.getgrgid(gid).gr_name
