"""The ERN doctor: mends faults of a message that need no knowledge of what its sender meant."""

from ddex.ern.repair.doctor import Mended, Repair, repair
from ddex.ern.repair.mends import MENDS, Mend

__all__ = ["MENDS", "Mend", "Mended", "Repair", "repair"]
