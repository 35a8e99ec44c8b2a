"""The protocol suite: what a sender does at a door, step by step, and whether it went well."""
