"""Real stores, one of each for the whole run."""

from __future__ import annotations

from tests.fixtures.ceph import rados
from tests.fixtures.stores import azurite, gcs_emulator, moto
from tests.integration.watchers.sender import sender

__all__ = ["azurite", "gcs_emulator", "moto", "rados", "sender"]
