"""For whom something is read, and the one way from stored releases to verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import load_only, undefer

from catalog.models import Release
from catalog.rights import Reason, ReasonCode, Verdict
from catalog.rights_policy import RightsPolicy
from catalog.rights_release import Audience, ReleaseRights, RightsBook
from catalog.rights_show import NOTHING
from catalog.rights_terms import ReleaseTerms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.rights_show import Shown

__all__ = ["BOOK", "Audience", "Judge", "Sight", "judge_of"]

BOOK = RightsBook()
"""Every reader of this process shares it: what it keeps is a pure function of its key."""

_WITHDRAWN = Verdict(
    allowed=False,
    reason=Reason(code=ReasonCode.TAKEN_DOWN, message="It has been taken down."),
)


class Judge:
    """Verdicts on one release: what its deals say, unless an operator keeps it down."""

    def __init__(self, rights: ReleaseRights, digest: str, *, locked: bool) -> None:
        self.rights = rights
        self.locked = locked
        self._digest = digest

    def verdict(self, recording: str, audience: Audience, at: datetime) -> Verdict:
        """The verdict on a recording of the release; `""` is the release as a whole."""
        if self.locked:
            return _WITHDRAWN
        try:
            return BOOK.desk(self.rights.policy, audience).verdict(self._digest, recording, at)
        except KeyError:  # the book keeps no rights without a digest, and began again when full
            return self.rights.verdict(recording, audience, at)

    def shown(self, recording: str, audience: Audience, at: datetime) -> Shown:
        """What of the release, or of one of its tracks, may be shown."""
        return NOTHING if self.locked else self.rights.shown(recording, audience.territory, at)


@dataclass(frozen=True, slots=True)
class Sight:
    """Who looks and when: decides what of a release may be shown."""

    audience: Audience
    at: datetime

    def of(self, release: Release, feed_policy: Mapping[str, Any] | None) -> Shown:
        """What of this release may be shown."""
        return judge_of(release, feed_policy).shown("", self.audience, self.at)


def read_rights(
    session: Session, found: Iterable[tuple[Release, Mapping[str, Any] | None]]
) -> None:
    """Read the terms that the book does not keep yet, of all these releases in one query."""
    unknown = [
        release.id
        for release, policy in found
        if release.rights_digest
        and release.rights_digest not in BOOK.under(RightsPolicy.from_json(policy))
    ]
    if len(unknown) > 1:
        only = (load_only(Release.id), undefer(Release.rights))
        session.scalars(select(Release).where(Release.id.in_(unknown)).options(*only)).all()


def judge_of(release: Release, feed_policy: Mapping[str, Any] | None) -> Judge:
    """The judge of a stored release under the policy of its feed."""

    def terms() -> ReleaseTerms:
        return ReleaseTerms.from_json(release.rights)

    policy = RightsPolicy.from_json(feed_policy)
    rights = BOOK.read(release.rights_digest, policy, terms)
    return Judge(rights, release.rights_digest, locked=bool(release.locked))
