"""What every process of Segue shares. A closed list; it knows nothing of ours."""
