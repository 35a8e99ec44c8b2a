"""Usage that never was, for benchmarks and rehearsals: the same seed gives the same plays.

A catalogue, listeners with habits, five territories, three tiers, any number of feeds; one release
taken down in mid-month, one that moves to another feed at an instant. Made by SQL, so that ten
million plays take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.usage import accounting
from server.usage.duck import text

if TYPE_CHECKING:
    from datetime import date

    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is simulated.

    Attributes:
        first, days: the days that plays fall on, UTC.
        feeds: ids of the feeds; recordings are dealt out among them in turn.
        tiers: (tier, CommercialModelType, UseType, weight).
        taken_down: the release by number that nobody can play from the middle on; -1 none.
        moved: the release by number that changes to the next feed in the middle; -1 none.
    """

    plays: int
    first: date
    days: int = 30
    seed: int = 7
    recordings: int = 20_000
    tracks: int = 10
    listeners: int = 50_000
    feeds: tuple[str, ...] = ("feed_a", "feed_b", "feed_c")
    territories: tuple[str, ...] = ("GB", "DE", "FR", "US", "JP")
    tiers: tuple[tuple[str, str, str], ...] = (
        ("premium", "SubscriptionModel", "OnDemandStream"),
        ("family", "SubscriptionModel", "OnDemandStream"),
        ("free", "AdvertisementSupportedModel", "OnDemandStream"),
    )
    taken_down: int = 3
    moved: int = 5

    @property
    def middle(self) -> str:
        """The instant of the take-down and of the move, as SQL."""
        return f"(TIMESTAMP {text(f'{self.first} 12:00:00')} + to_days({self.days // 2}))"


def make_catalogue(connection: DuckDBPyConnection, scene: Scene) -> None:
    """The table `songs`: one row for each recording, with its release and feed."""
    connection.execute(f"""
        CREATE OR REPLACE TABLE songs AS
        SELECT i AS number, i // {scene.tracks} AS album,
            {_list(scene.feeds)}[1 + (i // {scene.tracks}) % {len(scene.feeds)}] AS feed_id,
            {_list(scene.feeds)}[1 + (i // {scene.tracks} + 1) % {len(scene.feeds)}] AS next_feed,
            format('rel-{{:07d}}', i // {scene.tracks}) AS release_id,
            format('rec-{{:07d}}', i) AS recording_id,
            format('QZSIM{{:07d}}', i) AS isrc,
            format('Song {{:07d}}', i) AS title,
            format('Album {{:06d}}', i // {scene.tracks}) AS release_title,
            format('Artist {{:05d}}', i // {scene.tracks * 3}) AS artist,
            (CASE WHEN i % 50 = 0 THEN 20000 ELSE 90000 + hash(i, {scene.seed}) % 240000 END)
                ::INTEGER AS duration_ms
        FROM range({scene.recordings}) AS r(i)
    """)


def make_facts(connection: DuckDBPyConnection, scene: Scene) -> None:
    """The table `facts` (`server.usage.accounting.FACTS`) of the scene; wants `songs`.

    Of the plays about 80 of 100 are heard long enough; a few listeners loop, some are programs,
    some hear two things at once.
    """
    accounting.make_facts(connection)
    connection.execute(_FACTS.format(
        seed=scene.seed,
        plays=scene.plays,
        listeners=scene.listeners,
        recordings=scene.recordings,
        first=text(f"{scene.first} 00:00:00"),
        span=scene.days * 86_400_000,
        middle=scene.middle,
        taken=scene.taken_down,
        moved=scene.moved,
        territories=_list(scene.territories),
        places=len(scene.territories),
        tiers=_list([tier for tier, _, _ in scene.tiers]),
        models=_list([model for _, model, _ in scene.tiers]),
        uses=_list([use for _, _, use in scene.tiers]),
        kinds=len(scene.tiers),
    ))  # fmt: skip


def make_usage(connection: DuckDBPyConnection, day: date, *, first_leaf: int = 0) -> None:
    """The table `simulated`: the plays of one day in `accounted`, as a closed day has them."""
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE simulated AS
        SELECT {int(first_leaf)} + row_number() OVER (ORDER BY used_at, play_id) - 1 AS leaf,
            play_id, CAST(used_at AS DATE) AS day, used_at, feed_id, release_id, recording_id,
            isrc, deal, territory, tier, model, use, coalesce(account, '') AS pseudonym, heard_ms,
            duration_ms, quantity, verdict, reason
        FROM accounted WHERE used_at >= $1::DATE AND used_at < $1::DATE + 1
        """,
        [day],
    )


def _list(values: tuple[str, ...] | list[str]) -> str:
    return f"[{', '.join(map(text, values))}]"


_FACTS = """
INSERT INTO facts BY NAME
WITH drawn AS (
    SELECT i,
        hash(i, {seed}, 1) AS a, hash(i, {seed}, 2) AS b, hash(i, {seed}, 3) AS c,
        hash(i, {seed}, 4) AS d
    FROM range({plays}) AS r(i)
), heard AS (
    SELECT i, a, d, (b % {listeners})::INTEGER AS listener,
        floor({recordings} * power((c % 1000003) / 1000003.0, 3))::INTEGER AS number,
        TIMESTAMP {first} + to_milliseconds((a % {span})::BIGINT) AS used_at
    FROM drawn
)
SELECT format('sim-{seed}-{{:09d}}', i) AS play_id, used_at,
    format('p{{:08d}}', listener) AS account,
    format('h{{:08d}}', listener // 2) AS address,
    d % 997 = 0 AS bot, false AS operator, false AS preview,
    CASE WHEN album = {moved} AND used_at >= {middle} THEN next_feed ELSE feed_id END AS feed_id,
    release_id, recording_id, isrc, 'deal-1' AS deal,
    {territories}[1 + listener % {places}] AS territory,
    {tiers}[1 + (listener // {places}) % {kinds}] AS tier,
    {models}[1 + (listener // {places}) % {kinds}] AS model,
    {uses}[1 + (listener // {places}) % {kinds}] AS use,
    (CASE WHEN d % 10 < 8 THEN duration_ms ELSE (a // 7) % 30000 END)::INTEGER AS heard_ms,
    (CASE WHEN d % 1999 = 0 THEN 120000 ELSE 0 END)::INTEGER AS excess_ms, duration_ms
FROM heard JOIN songs USING (number)
WHERE NOT (album = {taken} AND used_at >= {middle})
"""
