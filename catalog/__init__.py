"""The domain: what the messages say (a fold over their log) and what the deals allow."""
