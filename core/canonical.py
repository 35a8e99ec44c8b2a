"""Whether signed texts are written as we write them.

The last letter of base64 has bits to spare and decoders pass over letters that are none of theirs,
so that several texts say one signature. Only one of them is ours.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def is_canonical(token: str) -> bool:
    """Whether what stands behind the last dot, a signature, is base64url without padding and with
    no bit set that says nothing."""
    said = token.rpartition(".")[2]
    try:
        known = urlsafe_b64decode(said + "=" * (-len(said) % 4))
    except ValueError:
        return False
    return urlsafe_b64encode(known).rstrip(b"=").decode() == said
