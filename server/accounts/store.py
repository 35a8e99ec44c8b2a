"""Accounts in the database: make, find, sign in, end sessions."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog.models import Account
from core.auth import Identity, Role, hash_password, verify_password
from core.errors import Conflict, Misuse
from core.ids import secret_id
from ddex.data.territories import find as find_territory

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_NAME = re.compile(r"[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]{0,98}[^\x00-\x20\x7f])?")
_TERRITORY = re.compile(r"[A-Z]{2}")
_TIER = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What an account is made of; an empty password means: draw one."""

    name: str
    role: Role
    territory: str
    tier: str
    password: str = ""


def create_account(session: Session, new: NewAccount, at: datetime) -> tuple[Account, str]:
    """Add the account; returns it and its password, which is nowhere to be read later.

    Raises:
        Misuse: name, territory, tier or password can't be used.
        Conflict: the name is taken.
    """
    _judge(new)
    if _by_name(session, new.name) is not None:
        raise Conflict(f"there is an account named {new.name!r}", remedy="choose another name")
    password = new.password or secrets.token_urlsafe(12)
    try:
        hashed = hash_password(password)
    except ValueError as wrong:
        raise Misuse(str(wrong), remedy="choose another password") from wrong
    account = Account(
        id=secret_id("acc_"),
        name=new.name,
        password_hash=hashed,
        role=new.role.value,
        territory=new.territory,
        tier=new.tier,
        epoch=1,
        created_at=at,
    )
    session.add(account)
    session.flush()
    return account, password


def _judge(new: NewAccount) -> None:
    if not _NAME.fullmatch(new.name):
        raise Misuse(
            f"{new.name!r} can't be a name",
            remedy="1 to 100 characters, no control characters, no blanks at the ends",
        )
    _judge_territory(new.territory)
    if not _TIER.fullmatch(new.tier):
        raise Misuse(f"{new.tier!r} is no tier", remedy="name a tier of the settings")


def _judge_territory(code: str) -> None:
    if not _TERRITORY.fullmatch(code) or find_territory(code) is None:
        raise Misuse(f"{code!r} is no territory", remedy="two capital letters of ISO 3166-1")


def change_account(account: Account, *, tier: str | None, territory: str | None) -> None:
    """Give it another tier (one of the settings) or territory; None keeps what it has.

    Raises:
        Misuse: there is no such territory.
    """
    if territory is not None:
        _judge_territory(territory)
        account.territory = territory
    if tier is not None:
        account.tier = tier


def _by_name(session: Session, name: str) -> Account | None:
    return session.scalar(select(Account).where(func.lower(Account.name) == name.lower()))


def sign_in(session: Session, name: str, password: str) -> Identity | None:
    """Who that is; None when name or password is wrong, after the same time for both."""
    account = _by_name(session, name) if len(name) <= 100 else None
    right = verify_password(account.password_hash if account else None, password)
    return identity_of(account) if account and right else None


def find_identity(session: Session, account_id: str) -> Identity | None:
    """The identity of an account id, None when there is none."""
    account = session.get(Account, account_id)
    return identity_of(account) if account else None


def end_sessions(session: Session, account_id: str) -> None:
    """Void every cookie and media token of the account made until now."""
    account = session.get(Account, account_id)
    if account is not None:
        account.epoch += 1


def identity_of(account: Account) -> Identity:
    """The row as core.auth sees it."""
    return Identity(
        id=account.id,
        name=account.name,
        role=Role(account.role),
        territory=account.territory,
        tier=account.tier,
        epoch=account.epoch,
    )
