"""One meaning of complete: a pure state machine that all doors and watchers feed.

paths    what a file is, by its name
needs    what a message says must be there
states   the states, the events and every step between them
machine  a release folder: what came in, its state and delivery out
top      a batch, or a release by itself
words    what an incomplete one waits for
"""

from ingest.inbox.machine import Arrived, Folder, Release, Sent, message_of
from ingest.inbox.needs import Need, Needs, needs_of
from ingest.inbox.paths import (
    Kind,
    Place,
    batch_of,
    completion,
    counts,
    order_stamp,
    place,
    turn_of,
)
from ingest.inbox.states import Event, State
from ingest.inbox.top import Decision, Top, alone, decide
from ingest.inbox.words import gathering, waiting_for

__all__ = [
    "Arrived",
    "Decision",
    "Event",
    "Folder",
    "Kind",
    "Need",
    "Needs",
    "Place",
    "Release",
    "Sent",
    "State",
    "Top",
    "alone",
    "batch_of",
    "completion",
    "counts",
    "decide",
    "gathering",
    "message_of",
    "needs_of",
    "order_stamp",
    "place",
    "turn_of",
    "waiting_for",
]
