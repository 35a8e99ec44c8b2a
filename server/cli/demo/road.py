"""The road of the demo, step by step, as a distributor, a listener and an operator walk it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.clock import system_clock
from core.errors import SegueError
from server.cli.demo.listener import Listener
from server.cli.demo.report import Report, Stopped

if TYPE_CHECKING:
    from server.cli.demo.stage import Stage

SENDER = "PADPIDA2026000002O"
HEARD = 35


class Road:
    """Walks the road once; `report` says how it went."""

    def __init__(self, stage: Stage, *, seconds: float | None, screenshots: Path | None) -> None:
        self._stage = stage
        self._seconds = seconds
        self._screenshots = screenshots
        self.report = Report()
        self._feed: dict[str, Any] = {}
        self._accounts: dict[str, dict[str, Any]] = {}
        self._made: dict[str, Any] = {}

    def opening(self) -> Report:
        """From an empty folder to an album that can be played; the service stays up."""
        try:
            self._open(usual_port=True)
        except Stopped as stopped:
            self._stage.say(str(stopped))
        return self.report

    def whole(self) -> Report:
        """The opening, then play, revenue, DSR and its check."""
        try:
            self._open(usual_port=False)
            self._listen()
            self._close_month()
        except Stopped as stopped:
            self._stage.say(str(stopped))
        return self.report

    def invitation(self) -> list[str]:
        """What to do now."""
        listener, operator = self._accounts["listener"], self._accounts["operator"]
        return [
            "",
            f"  Listen   {self._stage.addresses['player']}",
            f"           name {listener['name']}, password {listener['password']}",
            f"  Operate  {self._stage.addresses['player']}console",
            f"           name {operator['name']}, password {operator['password']}",
            f"  Deliver  {self._stage.addresses['sftp']}",
            f"           name {self._feed['username']}, password {self._feed['password']}",
            "",
            "  Ctrl-C stops the demo and throws its data away.",
        ]

    def _open(self, *, usual_port: bool) -> None:
        stage, step = self._stage, self.report.step
        with step("serve"):
            stage.say("Starting the service")
            stage.serve(usual_port=usual_port)
        with step("feed"):
            self._feed = stage.run("feeds", "create", "--name", "Demo label", "--dpid", SENDER)
        with step("accounts"):
            for role in ("listener", "operator"):
                self._accounts[role] = stage.run(f"{role}s", "create", "--name", f"demo-{role}")
        with step("make"):
            stage.say("Making a three-track album")
            self._made = stage.run(*self._make_command())
        with step("deliver"):
            stage.say("Delivering it over SFTP")
            self._deliver()

    def _make_command(self) -> list[str]:
        out = str(self._stage.folder / "album")
        length = ["--seconds", str(self._seconds)] if self._seconds else []
        return ["distro", "make", "--tracks", "3", "--out", out, "--sender-dpid", SENDER, *length]

    def _deliver(self) -> None:
        secret = self._stage.folder / "password"
        secret.write_text(self._feed["password"], encoding="ascii")
        secret.chmod(0o600)
        host = self._stage.addresses["sftp"].removeprefix("sftp://")
        sent = self._stage.run(
            "deliver",
            self._made["batch"],
            *("--to", f"sftp://{self._feed['username']}@{host}/", "--wait"),
            *("--password-file", str(secret), "--fingerprint", self._feed["fingerprint"]),
            ok=(0, 3),
        )
        found = self._stage.run("deliveries", "list")[0]
        self.report.delivery = {
            "id": found["id"],
            "protocol": found["protocol"],
            "files": sent["files"],
            "bytes": sent["bytes"],
            "state": found["state"],
            "findings": found["findings"],
            "acknowledgement": found["acknowledgement"],
        }
        if not sent["ok"] or found["state"] != "live":
            raise SegueError(f"the delivery is {found['state']}: {found['findings']}")

    def _listen(self) -> None:
        step, account = self.report.step, self._accounts["listener"]
        with Listener(self._stage.addresses["api"]) as listener:
            with step("search"):
                listener.sign_in(account["name"], account["password"])
                self.report.search = listener.search(self._made["title"], self._made["icpn"])
            with step("stream"):
                release_id = self.report.search["hits"][0]["release_id"]
                self.report.release = listener.release(release_id)
            with step("play"):
                self._stage.say(f"Playing {HEARD} s of it in a browser")
                self.report.player = self._play(release_id, account)
            if not self.report.player["skipped"]:
                with step("count"):
                    listener.wait_for_play(release_id)

    def _play(self, release_id: str, account: dict[str, Any]) -> dict[str, Any]:
        from server.cli.demo.browser import play

        return play(
            self._stage.addresses["player"],
            release_id,
            (account["name"], account["password"]),
            seconds=HEARD,
            screenshots=self._screenshots,
        )

    def _close_month(self) -> None:
        stage, step = self._stage, self.report.step
        now = system_clock()
        period = f"{now:%Y-%m}"
        with step("revenue"):
            stage.run(
                *("revenue", "set", "--period", period, "--model", "SubscriptionModel"),
                *("--territory", "GB", "--amount", "100.00", "--currency", "GBP"),
            )
        with step("dsr"):
            stage.run("dsr", "build", "--recipient", SENDER, "--period", period)
            self.report.dsr = self._check_dsr()

    def _check_dsr(self) -> dict[str, Any]:
        reports = self._stage.data / "inbox" / self._feed["id"] / "reports"
        file = next((path for path in sorted(reports.iterdir()) if path.suffix == ".tsv"), None)
        if file is None and self.report.player.get("skipped"):
            return {"file": None, "rows": 0, "valid": None}
        if file is None:
            raise SegueError("no DSR was built")
        checked = self._stage.run("dsr", "check", str(file), ok=(0, 3))
        if not checked["ok"]:
            raise SegueError(f"the DSR is not valid: {checked['findings']}")
        if not self.report.player.get("skipped") and _usage(checked) < 1:
            raise SegueError("the play does not stand in the DSR")
        return {"file": file.name, "rows": checked["rows"], "valid": checked["ok"]}


def _usage(checked: dict[str, Any]) -> float:
    """Plays in the report, by the checker's totals."""
    return sum(float(value) for name, value in checked["totals"].items() if "usage" in name.lower())
