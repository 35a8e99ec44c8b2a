"""Plans computed by hand, and sums that hold for all usage."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, strategies as st

from server.reporting.plan import Pool, plan_reports
from server.reporting.usage import Row, Slice, Usage

PREMIUM = Slice("DE", "premium", "SubscriptionModel", "OnDemandStream")
FREE = Slice("DE", "free", "AdvertisementSupportedModel", "OnDemandStream")
FAMILY = Slice("DE", "family", "SubscriptionModel", "OnDemandStream")


def row(part: Slice, name: str, plays: int) -> Row:
    return Row(part=part, plays=plays, release_id="r", recording_id=name, isrc=name)


def pool(amount: str) -> Pool:
    return Pool(amount=Decimal(amount), currency="EUR", entered=True)


POOLS = {("SubscriptionModel", "DE"): pool("100"), ("AdvertisementSupportedModel", "DE"): pool("9")}


def test_twenty_plays_by_hand() -> None:
    """Premium: 12 of A, 4 of B; family: 4 of B. Free: 3 of A alone.

    The subscription's 100 are for 20 plays: premium 80, family 20. A gets 60, its recordings with
    7 and 5 plays 35 and 25; B gets 20 and 20.
    """
    usage = Usage(
        plays={PREMIUM: {"A": 12, "B": 4}, FAMILY: {"B": 4}, FREE: {"A": 3}},
        listeners={PREMIUM: 5},
        rows=(row(PREMIUM, "x", 7), row(PREMIUM, "y", 5), row(FREE, "x", 3)),
    )
    free, premium = plan_reports(usage, POOLS, "A")
    assert (free.tier, premium.tier) == ("free", "premium")
    (summary,) = premium.summaries
    assert (summary.net_revenue, summary.amount) == (Decimal(80), Decimal(60))
    assert (summary.service_plays, summary.plays, summary.listeners) == (16, 12, 5)
    assert summary.share == Decimal(75)
    assert [line.amount for line in summary.lines] == [Decimal(35), Decimal(25)]
    assert free.summaries[0].amount == Decimal(9)
    assert (free.plays, premium.plays) == (3, 12)


def test_a_recipient_without_plays_gets_empty_reports() -> None:
    usage = Usage(plays={PREMIUM: {"A": 12}}, rows=())
    (report,) = plan_reports(usage, POOLS, "B")
    assert report.plays == 0
    assert report.summaries[0].amount == 0
    assert report.summaries[0].lines == ()
    assert plan_reports(Usage(), {}, "B") == []


COUNTS = st.dictionaries(st.sampled_from(["A", "B", "C"]), st.integers(1, 10**6), min_size=1)


@given(
    st.dictionaries(st.sampled_from([PREMIUM, FREE, FAMILY]), COUNTS, min_size=1),
    st.decimals(0, 10**9, places=6),
    st.integers(1, 5),
)
def test_everything_paid_is_everything_earned(
    plays: dict[Slice, dict[str, int]], amount: Decimal, pieces: int
) -> None:
    pools = {
        (part.model, "DE"): Pool(amount=amount, currency="EUR", entered=True) for part in plays
    }
    paid = Decimal(0)
    for dpid in ("A", "B", "C"):
        rows = tuple(
            row(part, f"{n}", counts[dpid] // pieces + (counts[dpid] % pieces if n == 0 else 0))
            for part, counts in plays.items()
            for n in range(pieces)
            if counts.get(dpid)
        )
        usage = Usage(plays=plays, rows=rows)
        for report in plan_reports(usage, pools, dpid):
            for summary in report.summaries:
                lines = sum((line.amount for line in summary.lines), Decimal(0))
                assert lines == summary.amount
                assert sum(line.row.plays for line in summary.lines) == summary.plays
                paid += summary.amount
    assert paid == amount * len(pools)
