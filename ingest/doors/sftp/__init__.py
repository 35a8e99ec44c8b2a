"""The SFTP door. The only package of ingest that knows asyncssh.

door -> gate (who is it) -> session (is it SFTP) -> requests (on the feed's files); `hall` is what
they share, `speech` how errors are told.
"""

from ingest.doors.sftp.door import SftpDoor
from ingest.doors.sftp.hall import SftpSettings

__all__ = ["SftpDoor", "SftpSettings"]
