"""Search engines behind `SearchIndex`, one file each."""
