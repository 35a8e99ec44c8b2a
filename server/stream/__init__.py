"""Media out: playlists and segments behind token and gate, artwork for everybody."""
