"""Each protocol on the sheet: address, proof, and commands of stock clients. Pure.

The commands take the folder from `$BATCH` and the secret from a file, and send what completes a
delivery last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.services.sheet.model import Command, Way

if TYPE_CHECKING:
    from server.services.sheet.model import Agreed, Doors

PASSWORD_FILE = "password.txt"  # noqa: S105 - a name
KEY_FILE = "key.txt"
CERTIFICATE_FILE = "ftps_certificate.pem"
HOSTS_FILE = "known_hosts"
_LAST = '"$BATCH"/BatchComplete_*.xml'
_REST = "find \"$BATCH\" -type f ! -name 'BatchComplete_*'"


def way(protocol: str, agreed: Agreed, doors: Doors, *, batch: bool) -> Way:
    """The part of the sheet about one protocol."""
    return _MAKERS.get(protocol, _store)(protocol, agreed, doors, batch)


def _sftp(_protocol: str, agreed: Agreed, doors: Doors, batch: bool) -> Way:  # noqa: FBT001
    host, port = doors.sftp
    where = f"{agreed.username}@{host}"
    identity = "-i ~/.ssh/id_ed25519 " if agreed.has_keys else ""
    known = f"-o UserKnownHostsFile={HOSTS_FILE}"
    script = "put -R $BATCH"
    if batch:
        script = (
            "-mkdir $BATCH\nput -R $BATCH/[!B]* $BATCH/\nput $BATCH/BatchComplete_*.xml $BATCH/"
        )
    unasked = "-b - " if agreed.has_keys else ""
    openssh = f"sftp {known} {identity}-P {port} {unasked}{where} <<END\n{script}\nEND"
    secret = "" if agreed.has_keys else f"$(cat {PASSWORD_FILE})"
    lftp = _lftp(
        f"{agreed.username},{secret}",
        f"sftp://{host}:{port}",
        f"set sftp:connect-program 'ssh -a -x {identity}{known}'",
        batch=batch,
    )
    proof = "--key ~/.ssh/id_ed25519" if agreed.has_keys else f"--password-file {PASSWORD_FILE}"
    segue = (
        f"segue deliver $BATCH --to sftp://{where}:{port} --wait \\\n"
        f"  --known-hosts {HOSTS_FILE} {proof}"
    )
    return Way(
        protocol="sftp",
        title="SFTP",
        open=True,
        facts=(
            ("Host", host),
            ("Port", str(port)),
            ("User", agreed.username),
            ("Secret", "your SSH key" if agreed.has_keys else "password, told apart from this"),
            ("Host key", doors.fingerprint),
        ),
        keep=((HOSTS_FILE, doors.known_hosts),),
        commands=(
            Command(client="OpenSSH sftp", text=openssh),
            Command(client="lftp", text=lftp),
            *([Command(client="segue", text=segue)] if batch else []),
        ),
    )


def _ftp(protocol: str, agreed: Agreed, doors: Doors, batch: bool) -> Way:  # noqa: FBT001
    plain = protocol == "ftp"
    host, (explicit, implicit) = doors.ftp_host, doors.ftp_ports or (0, 0)
    secured = (
        f"set ssl:ca-file {CERTIFICATE_FILE}; set ftp:ssl-force yes; set ftp:ssl-protect-data yes"
    )
    lftp = _lftp(
        f"{agreed.username},$(cat {PASSWORD_FILE})",
        f"ftp://{host}:{explicit}",
        "set ftp:ssl-allow no" if plain else secured,
        batch=batch,
    )
    tls = "" if plain else f"--ssl-reqd --cacert {CERTIFICATE_FILE} "
    login = f'-u "{agreed.username}:$(cat {PASSWORD_FILE})"'
    curl = _curl(f"{tls}--ftp-create-dirs {login}", f"ftp://{host}:{explicit}", batch=batch)
    segue = f"segue deliver $BATCH --to ftp://{agreed.username}@{host}:{explicit} --wait \\\n"
    segue += f"  --password-file {PASSWORD_FILE} "
    segue += "--plain-ftp" if plain else f"--certificate {CERTIFICATE_FILE}"
    proof = () if plain else (("Certificate", doors.ftp_fingerprint),)
    ports = f"{explicit}" if plain else f"{explicit} (explicit TLS), {implicit} (implicit TLS)"
    return Way(
        protocol=protocol,
        title="FTP without TLS" if plain else "FTPS",
        open=doors.ftp_ports is not None and (doors.plain or not plain),
        facts=(
            ("Host", host),
            ("Port", ports),
            ("User", agreed.username),
            ("Secret", "password, told apart from this"),
            ("Mode", "passive, binary, UTF-8 names"),
            *proof,
        ),
        keep=() if plain else ((CERTIFICATE_FILE, doors.certificate),),
        commands=(
            Command(client="lftp", text=lftp),
            Command(client="curl", text=curl),
            *([Command(client="segue", text=segue)] if batch else []),
        ),
    )


def _http(_protocol: str, agreed: Agreed, doors: Doors, batch: bool) -> Way:  # noqa: FBT001
    url = f"{doors.api}/feeds/{agreed.id}"
    login = f'--fail-with-body --oauth2-bearer "$(cat {KEY_FILE})"'
    segue = f"segue deliver $BATCH --to {url} --password-file {KEY_FILE} --wait"
    return Way(
        protocol="http",
        title="HTTP",
        open=True,
        facts=(
            ("Address", url),
            ("Files", f"PUT {url}/files/<path>"),
            ("Resumable", f"tus 1.0 at {url}/uploads"),
            ("Packages", f"POST {doors.api}/deliveries"),
            ("Verdict before delivery", f"POST {doors.api}/deliveries/validate"),
            ("Secret", "API key, told apart from this"),
        ),
        keep=(),
        commands=(
            Command(client="curl", text=_curl(login, f"{url}/files", batch=batch)),
            *([Command(client="segue", text=segue)] if batch else []),
        ),
    )


def _store(protocol: str, agreed: Agreed, _doors: Doors, batch: bool) -> Way:  # noqa: FBT001
    watch = agreed.terms.watch
    place = watch.url.rstrip("/")
    endpoint = f" --endpoint-url {watch.endpoint}" if watch.endpoint else ""
    commands: tuple[Command, ...] = ()
    if protocol == "s3" and place:
        copy = f'aws{endpoint} s3 cp --recursive "$BATCH" "{place}/$BATCH"'
        if batch:
            copy += " --exclude 'BatchComplete_*'\n"
            copy += f'aws{endpoint} s3 cp {_LAST} "{place}/$BATCH/"'
        commands = (Command(client="aws", text=copy),)
    looked = watch.interval_s or 0
    return Way(
        protocol=protocol,
        title={"s3": "S3", "gcs": "Google Cloud Storage", "azure": "Azure Blob Storage"}.get(
            protocol, "Your own service"
        ),
        open=bool(place),
        facts=(
            ("Place", place or "not agreed yet"),
            *((("Endpoint", watch.endpoint),) if watch.endpoint else ()),
            *((("Looked into", f"every {looked:.0f} s"),) if looked else ()),
        ),
        keep=(),
        commands=commands,
    )


def _lftp(login: str, place: str, settings: str, *, batch: bool) -> str:
    steps = ["mirror -R --continue $BATCH"]
    if batch:
        steps = [
            "mirror -R --continue --exclude BatchComplete_ $BATCH",
            "mput -O $BATCH $BATCH/BatchComplete_*.xml",
        ]
    typed = "; \\\n    ".join(["set cmd:fail-exit yes", *settings.split("; "), *steps, "bye"])
    return f'lftp -u "{login}" \\\n  -e "{typed}" \\\n  {place}'


def _curl(options: str, place: str, *, batch: bool) -> str:
    each = f'-exec curl -sS {options} -T {{}} "{place}/{{}}" \\;'
    if not batch:
        return f'find "$BATCH" -type f {each}'
    return f'{_REST} \\\n  {each}\ncurl -sS {options} \\\n  -T {_LAST} "{place}/$BATCH/"'


_MAKERS = {"sftp": _sftp, "ftps": _ftp, "ftp": _ftp, "http": _http}
