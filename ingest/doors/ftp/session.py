"""One control connection: who is it, and what is asked?"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from OpenSSL import SSL
from pyftpdlib.exceptions import AuthenticationFailed
from pyftpdlib.handlers.ftps.control import TLS_FTPHandler

from ingest.doors.common.audit import shown
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.ftp.folders import Folders
from ingest.doors.ftp.proxied import Passive
from ingest.doors.ftp.speech import Sentence, spoken
from ingest.doors.ftp.transfer import BROKEN, Incoming, Transfer

if TYPE_CHECKING:
    from ingest.doors.common.behind import Writers
    from ingest.doors.common.guarded import GuardedFiles
    from ingest.doors.common.lease import Lease
    from ingest.doors.common.paths import PathLimits
    from ingest.doors.ftp.hall import Hall

_log = structlog.get_logger(__name__)
_CURL_LOOKS = 0.003
_RIGHTS = "elradfmwMT"
_TRANSFERS = frozenset({"STOR", "APPE", "RETR", "LIST", "NLST", "MLSD"})
_DATA = frozenset({"PASV", "EPSV", "PORT", "EPRT"})


class Doorkeeper:
    """pyftpdlib's authorizer: the accounts judge, and a feed may do all in its own folders."""

    def validate_authentication(self, username: str, password: str, session: Session) -> None:
        """Let the session in, or raise AuthenticationFailed."""
        session.let_in(username, password)

    def get_home_dir(self, username: str) -> str:  # noqa: ARG002 - each feed's root is its own
        return "/"

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:  # noqa: ARG002
        """What may not be done is refused where it is done."""
        return True

    def get_perms(self, username: str) -> str:  # noqa: ARG002
        return _RIGHTS

    def get_msg_login(self, username: str) -> str:  # noqa: ARG002
        return "Welcome. Upload a batch folder; answers appear in acknowledgements/."

    def get_msg_quit(self, username: str) -> str:  # noqa: ARG002
        return "Goodbye."

    def impersonate_user(self, username: str, password: str) -> None:
        """We are nobody else."""

    def terminate_impersonation(self, username: str) -> None:
        """We were nobody else."""


class Session(TLS_FTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
    """One control connection; everything of it happens in one thread."""

    authorizer = Doorkeeper()
    abstracted_fs = Folders
    dtp_handler = Transfer
    passive_dtp = Passive
    banner = "Segue takes deliveries here."
    unicode_errors = "surrogateescape"  # bytes that are no UTF-8 are refused where they are names
    proto_cmds = {  # noqa: RUF012 - pyftpdlib's class attribute
        name: about for name, about in TLS_FTPHandler.proto_cmds.items() if name != "STOU"
    }

    def __init__(
        self,
        hall: Hall,
        conn: socket.socket,
        server: Any,  # noqa: ANN401
        loop: Any,  # noqa: ANN401
        *,
        implicit: bool,
    ) -> None:
        self._hall = hall
        self._implicit = implicit
        self._files: GuardedFiles | None = None
        self.lease: Lease | None = None
        self.proxy = ""
        settings = hall.settings
        self.limits: PathLimits = settings.limits
        self.timeout = settings.idle
        self.max_login_attempts = settings.login_attempts
        self.passive_ports = settings.passive_ports or None
        self.masquerade_address = settings.advertised or None
        super().__init__(conn, server, loop)
        self._restart_position = 0
        self._out_dtp_queue: Any = None
        self._in_dtp_queue: tuple[Incoming, str] | None = None
        self._current_type = "i"
        self._current_facts = self._available_facts = ["type", "perm", "size", "modify"]
        self._pbsz = self._prot = implicit  # nobody means PROT C who comes by implicit TLS

    def get_ssl_context(self) -> SSL.Context:
        """The door's; so that sessions are reused from one connection to the next."""
        return self._hall.context.now()

    @property
    def under_tls(self) -> bool:
        """Whether the control connection is encrypted."""
        return isinstance(self.socket, SSL.Connection)

    @property
    def writers(self) -> Writers:
        """Threads that write what comes."""
        return self._hall.writers

    @property
    def requires_reuse(self) -> bool:
        """Whether data connections have to take up this one's TLS session."""
        return self._hall.settings.require_reuse

    @property
    def protected(self) -> bool:
        """Whether data connections are encrypted."""
        return bool(self._prot)

    # coming in

    def handle(self) -> None:
        self.call_later(self._hall.settings.login_timeout, self._login_timed_out)
        if self._implicit:
            self.secure_connection(self.ssl_context)
        else:
            super().handle()

    def handle_ssl_established(self) -> None:
        if self._implicit:
            super().handle()

    def _login_timed_out(self) -> None:
        if not self.authenticated:
            self.farewell("nobody logged in for too long")

    def farewell(self, why: str) -> None:
        """Say why, and end."""
        if not self._closed and not self._ssl_accepting:
            self.respond(f"421 {why}; come back later and resume.")
        self.close()

    def came_from(self, peer: str, proxy: str) -> None:
        """Who is calling, and the address of the proxy that told so."""
        self.remote_ip, self.proxy = peer, proxy

    @property
    def door(self) -> str:
        """By which protocol."""
        return "ftps" if self.under_tls else "ftp"

    def let_in(self, username: str, password: str) -> None:
        """Ask the accounts; a wrong answer waits the longer the more there were."""
        guard, peer = self._hall.guard, self.remote_ip
        refused, login = guard.barred(peer, username, self.door), None
        if refused is None:
            login = self._hall.ask(username, password, peer, tls=self.under_tls)
        if login is None:
            _log.warning("ftp password refused", user=shown(username), peer=peer)
            self.auth_failed_timeout = guard.failed(peer, username, self.door)
            refused = refused or guard.barred(peer, username, self.door)
            self._send_away(refused)
            raise AuthenticationFailed(refused.text if refused else "wrong name or password")
        guard.succeeded(peer, username, self.door)
        try:
            self.lease = guard.session(login.feed_id, peer, self.door, username)
            self.lease.ending = self._end
            self._files = self._hall.views.of(login)
        except Refused as no:
            self.auth_failed_timeout = 0.1
            self._send_away(no)
            raise AuthenticationFailed(no.text) from no
        _log.info("ftp session", feed=login.feed_id, peer=peer, tls=self.under_tls)

    def handle_auth_failed(self, msg: str, password: str) -> None:
        """A refusal as a whole sentence, its names as they are written."""
        super().handle_auth_failed(Sentence(msg), password)

    def _send_away(self, refused: Refused | None) -> None:
        """Who may not come in now need not try again."""
        if refused is not None:
            self.max_login_attempts = 0

    def _end(self, _refused: Refused) -> None:
        """From another thread: the loop of this one sees the connection's end."""
        with suppress(OSError, SSL.Error):
            twin = socket.socket(fileno=socket.dup(self.socket.fileno()))
            with twin:
                twin.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        """The feed has gone, or logs in anew."""
        if self.lease is not None:
            self.lease.close()
            self.lease = None

    def files_of_feed(self) -> GuardedFiles:
        """The view that the login opened."""
        if self._files is None:
            raise Refused(Reason.DENIED, "log in first")
        return self._files

    def flush_account(self) -> None:
        self._drop_waiting()
        self.leave()
        super().flush_account()
        self._current_type = "i"
        self._pbsz = self._prot = self._implicit

    # commands

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        if cmd == "PROXY" or "\0" in line:  # versions 1 and 2
            trail = self._hall.guard.trail(self.door, self.remote_ip)
            trail.record("connect", outcome="unreadable", detail="PROXY header of no proxy")
            self.farewell("no PROXY header is taken from your address")
            return
        try:
            if wrong := self._out_of_turn(cmd):
                self.respond(wrong)
            else:
                super().pre_process_command(line, cmd, arg)
        except Refused as refused:
            self.respond(spoken(refused))
            self.log_cmd(cmd, arg, refused.reason.value, refused.text)

    def log_cmd(self, cmd: str, arg: str, respcode: int | str, respstr: str) -> None:
        """A command was answered: write it down. Before the login, only failures of that are."""
        if self.lease is None or cmd == "PASS":
            return
        well = isinstance(respcode, int) and respcode < 400
        self.lease.trail.record(
            "command",
            path=_shown(arg),
            outcome="ok" if well else str(respcode),
            detail=cmd if well else f"{cmd}: {respstr}",
        )

    def on_file_sent(self, file: str) -> None:
        """The sender has read a file."""
        self._downloaded(file, "ok")

    def on_incomplete_file_sent(self, file: str) -> None:
        """The sender has read a part of one."""
        self._downloaded(file, "cut")

    def _downloaded(self, file: str, outcome: str) -> None:
        if self.lease is not None:
            sent = self.data_channel.get_transmitted_bytes() if self.data_channel else None
            path = _shown(str(file)).removeprefix("/")
            self.lease.trail.record("download", path=path, size=sent, outcome=outcome)

    def _out_of_turn(self, cmd: str) -> str:
        """The reply to a command that may not come now; empty when it may."""
        if cmd in ("USER", "PASS") and not self.under_tls and self._hall.plain_accounts is None:
            return "530 Encrypt first: this door speaks FTP over TLS only; send AUTH TLS."
        unprotected = self.under_tls and not self._prot
        if cmd in _DATA and unprotected and self._hall.settings.protect_data:
            return "521 Data has to be encrypted too; send PBSZ 0 and PROT P."
        running = self.data_channel is not None and self.data_channel.file_obj is not None
        if cmd in _TRANSFERS and running:
            return "450 A transfer is going on; wait for its end."
        return ""

    def ftp_TYPE(self, line: str) -> None:  # noqa: N802 - pyftpdlib's naming
        """TYPE A is taken and changes nothing: a file has to arrive as it was sent."""
        super().ftp_TYPE(line)
        self._current_type = "i"

    def ftp_EPSV(self, line: str) -> None:  # noqa: N802
        """Not at once: curl before 8.0 that finds the answer there when it first looks for it waits
        a whole second for nothing. It asks for each file."""
        time.sleep(_CURL_LOOKS)  # a thread of this session alone
        super().ftp_EPSV(line)

    def ftp_MLSD(self, path: str) -> str | None:  # noqa: N802
        """501 is for a file that is no folder; of nothing, 550: clients make the folder then."""
        if not self.fs.lexists(path):
            self.respond("550 No such directory.")
            return None
        listed: str | None = super().ftp_MLSD(path)
        return listed

    def ftp_STOR(self, file: str, mode: str = "w") -> None:  # noqa: N802
        """Begin or resume an upload."""
        at, self._restart_position = self._restart_position, 0
        self._drop_waiting()
        if not self._has_way():
            return
        incoming = Folders.receive(self.fs, file, append=mode == "a", at=at)
        command = "APPE" if mode == "a" else "STOR"
        if self.protected and self.data_channel is None and self._dtp_acceptor is not None:
            with suppress(BlockingIOError):
                self._dtp_acceptor.handle_accept()  # it may have come before the command
        if self.data_channel is not None:
            self.data_channel.file_obj = incoming
            self.data_channel.welcome("125 Data connection already open. Transfer starting.")
            self.data_channel.enable_receiving("i", command)
        else:
            self.respond("150 About to open data connection.")
            self._in_dtp_queue = (incoming, command)

    def push_dtp_data(self, *arguments: Any, **options: Any) -> None:
        if self._has_way():
            super().push_dtp_data(*arguments, **options)

    def _has_way(self) -> bool:
        """Whether there is or will be a data connection; tells when not."""
        ways = (self.data_channel, self._dtp_acceptor, self._dtp_connector)
        if any(way is not None for way in ways):
            return True
        self.respond("425 There is no data connection; send PASV or EPSV first.")
        return False

    def data_lost(self) -> None:
        """A data connection broke before anything came."""
        if self._in_dtp_queue is not None or self._out_dtp_queue is not None:
            self._drop_waiting()
            self._out_dtp_queue = None
            self.respond(BROKEN)

    def _drop_waiting(self) -> None:
        """Close what waits for a data connection that never came."""
        if self._in_dtp_queue is not None:
            self._in_dtp_queue[0].close()
            self._in_dtp_queue = None

    # its own log lines would name passwords' owners and paths twice

    def log(self, msg: str, logfun: object = None) -> None:
        """Ours are in the places where things are decided."""

    def log_exception(self, instance: object) -> None:  # noqa: ARG002
        _log.exception("ftp session failed", peer=self.remote_ip)


def _shown(arg: str) -> str:
    """What a command names, bytes that are no UTF-8 as such."""
    return arg.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
