"""Masters to renditions: probe, loudness, one decode to the ladder, segments, playlists."""
