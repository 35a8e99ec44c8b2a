"""What `bench/doors.py` is made of: our service, the reference servers, clients, and loads."""
