"""The HTTP door, without any web framework: what is done with headers and bytes that came.

hall (what all requests share) -> put, tus, package (the three ways to deliver); `digests` and
`pump` are how bytes are judged and taken, `records` what is remembered between requests.
"""

from ingest.doors.http.hall import HttpDoor, HttpSettings

__all__ = ["HttpDoor", "HttpSettings"]
