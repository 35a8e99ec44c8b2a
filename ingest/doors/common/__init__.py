"""What every door shares: path policy, the view of a feed's files, uploads, the host key."""
