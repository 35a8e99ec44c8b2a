"""The little language of the rights matrix: deals, a question and the expected verdict as text.

A deal:      `FR,BE -MC : Sub,Ad / OD,CD : 2026-07-01..2026-12-31 : flags`
             territories and exclusions (each after `-`), models / uses, periods (`&` between them;
             either side may be empty), flags `pre`, `band`, `down`, `gift=A1`.
Deals:       one per line of a `Case`; `album>` before one puts it on the main release while the
             question is about a track, `track>` puts it on a track release while the question is
             about the album.
A question:  `FR Sub OD 2026-07-01T00:00+02:00`.
An answer:   `yes` or a reason code, then `#n` (number of the deal), `since=`, `until=`; a dash says
             that there is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from catalog.deal_terms import DealTerms
from catalog.rights import Verdict, timetable
from catalog.rights_policy import RightsPolicy

MODELS = {
    "Sub": "SubscriptionModel",
    "Ad": "AdvertisementSupportedModel",
    "Free": "FreeOfChargeModel",
    "Pay": "PayAsYouGoModel",
    "Claim": "RightsClaimModel",
}
USES = {
    "OD": "OnDemandStream",
    "NI": "NonInteractiveStream",
    "CI": "ContentInfluencedStream",
    "TI": "TimeInfluencedStream",
    "CD": "ConditionalDownload",
    "TD": "TetheredDownload",
    "PD": "PermanentDownload",
}
AGREED = RightsPolicy(tis=True)
DEFAULT = RightsPolicy()


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the matrix."""

    name: str
    deals: tuple[str, ...]
    question: str
    answer: str
    policy: RightsPolicy = DEFAULT
    resources: frozenset[str] = field(default=frozenset({"A1"}))


def case(
    name: str,
    deals: str | tuple[str, ...],
    question: str,
    answer: str,
    policy: RightsPolicy = DEFAULT,
) -> Case:
    """A case; a single deal may stand alone, `""` is none."""
    several = (deals,) if isinstance(deals, str) else deals
    return Case(name, tuple(each for each in several if each), question, answer, policy)


def terms(text: str, number: int) -> DealTerms:
    """The deal that this text describes."""
    parts = [part.strip() for part in re.split(r"\s:(?=\s|$)", text)]
    where, what, when, flags = [*parts, "", "", ""][:4]
    codes = where.replace(",", " ").split()
    models, _, uses = what.partition("/")
    gifts = [flag[5:] for flag in flags.split() if flag.startswith("gift=")]
    return DealTerms(
        territories=tuple(code for code in codes if not code.startswith("-")),
        excluded_territories=tuple(code[1:] for code in codes if code.startswith("-")),
        commercial_models=_words(models, MODELS),
        use_types=_words(uses, USES),
        periods=tuple(_period(each) for each in when.split("&") if each.strip()),
        is_pre_order="pre" in flags.split(),
        is_out_of_band="band" in flags.split(),
        is_takedown="down" in flags.split(),
        instant_gratification=tuple(gifts),
        number=number,
    )


def _words(text: str, known: dict[str, str]) -> tuple[str, ...]:
    words = text.replace(",", " ").split()
    return tuple(known.get(word, word) for word in words)


def _period(text: str) -> tuple[str, str]:
    start, _, end = text.strip().partition("..")
    return start.strip(), end.strip()


def groups(case: Case) -> tuple[tuple[DealTerms, ...], ...]:
    """Own deals, then those of the album, or one group for each track."""
    numbered = list(enumerate(case.deals, 1))
    own = [terms(text, n) for n, text in numbered if not text.startswith(("album>", "track>"))]
    album = [terms(t.removeprefix("album>"), n) for n, t in numbered if t.startswith("album>")]
    tracks = [(terms(t.removeprefix("track>"), n),) for n, t in numbered if t.startswith("track>")]
    covered = [tuple(album)] if album and case.policy.album_covers_tracks else []
    opened = tracks if case.policy.tracks_open_album else []
    return (tuple(own), *covered, *opened)


def ask(case: Case) -> Verdict:
    """The verdict of the timetable."""
    territory, model, use, at = case.question.split()
    return timetable(
        groups(case),
        territory=territory,
        wanted=((MODELS.get(model, model), USES.get(use, use)),),
        resources=case.resources,
        policy=case.policy,
    ).at(datetime.fromisoformat(at))


def mismatches(case: Case, verdict: Verdict) -> list[str]:
    """What of the answer is not as expected."""
    wrong = []
    expected, *details = case.answer.split()
    said = "yes" if verdict.allowed else verdict.reason.code.value
    if said != expected:
        wrong.append(f"{said}, not {expected}: {verdict.reason.message}")
    for detail in details:
        name, _, text = detail.partition("=")
        if name.startswith("#"):
            number = verdict.deal.number if verdict.deal else 0
            if number != int(name[1:]):
                wrong.append(f"deal {number}, not {name}")
            continue
        found = getattr(verdict, {"next": "next_change"}.get(name, name))
        if found != (None if text == "-" else datetime.fromisoformat(text)):
            wrong.append(f"{name} {found}, not {text}")
    return wrong
