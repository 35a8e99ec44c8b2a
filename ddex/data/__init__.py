"""Tables of facts: codes, names, zones."""
