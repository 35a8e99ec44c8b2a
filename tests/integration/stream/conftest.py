"""A real store, one for the whole run."""

from tests.fixtures.stores import moto

__all__ = ["moto"]
