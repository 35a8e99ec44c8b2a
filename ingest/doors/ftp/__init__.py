"""The FTP door: FTPS explicit and implicit, and plain FTP where it is switched on.

The only package of ingest that knows pyftpdlib and OpenSSL. door -> listener (a thread with a loop
of its own for each connection) -> session (commands) -> folders (names) and transfer (bytes);
`hall` is what they share, `speech` how refusals are told.
"""

from ingest.doors.ftp.door import FtpDoor, Ports
from ingest.doors.ftp.hall import FtpSettings

__all__ = ["FtpDoor", "FtpSettings", "Ports"]
