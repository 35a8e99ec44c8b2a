"""What pages, API and command line read of the catalogue, as plain JSON values.

A list costs the same number of queries whatever its length. Whether something is playable is asked
of `catalog.rights`, never judged here.
"""
