"""Doors: the servers that distributors deliver to. Each door stands alone; `common` is shared."""
