"""`segue feeds create` for each order of standard input; what each printed, as one JSON object.

`{"orders": {name: argv}, "secret": text}`: in place of `-` comes a file with the secret.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from server.cli import app


def main() -> None:
    """Each order by itself; the first that fails ends it."""
    given = json.load(sys.stdin)
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder) / "secret"
        secret.write_text(given["secret"], encoding="ascii")
        for name, argv in given["orders"].items():
            done = CliRunner().invoke(app, [str(secret) if part == "-" else part for part in argv])
            if done.exit_code:
                raise SystemExit(f"{argv}: {done.output} {done.exception!r}")
            made[name] = json.loads(done.stdout)
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main()
