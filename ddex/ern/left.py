"""What Segue does not keep of a message, each with its reason; all else is in the model."""

from __future__ import annotations

from types import MappingProxyType

LEFT = MappingProxyType(
    {
        "Password": "A secret of somebody's web page has no business in a catalogue.",
        "ContactInformation": "Telephone and mail of a contributor are personal data.",
        "FingerprintValue": "Opaque bytes for a recogniser that this service does not run.",
        "Fingerprint/Fingerprint": "Opaque bytes for a recogniser that this service does not run.",
    }
)
"""Names of elements (with the parent's where the name alone is not enough) and of attributes."""
