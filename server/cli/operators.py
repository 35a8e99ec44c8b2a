"""`segue operators`: the accounts that run the service."""

from __future__ import annotations

from core.auth import Role
from server.cli.accounts import accounts_app

operators_app = accounts_app(Role.OPERATOR, "Accounts that run the service.")
