"""DDEX formats, pure: bytes and open streams in, values and findings out."""
