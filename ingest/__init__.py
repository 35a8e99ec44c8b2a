"""Deliveries: doors, inbox, the numbered phases of the pipeline, acknowledgements."""
