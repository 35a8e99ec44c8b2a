"""MEAD: what a sender tells listeners about works, recordings, releases and artists."""
