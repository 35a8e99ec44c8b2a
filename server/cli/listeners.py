"""`segue listeners`: the accounts that listen."""

from __future__ import annotations

from core.auth import Role
from server.cli.accounts import accounts_app

listeners_app = accounts_app(Role.LISTENER, "Accounts that listen.")
