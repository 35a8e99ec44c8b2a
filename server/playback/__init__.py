"""What lets media out: path tokens, the gate, and hot objects in memory."""
