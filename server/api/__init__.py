"""The JSON API under /api/v1, one table of operations, described by its own OpenAPI document."""
