"""Where deliveries go: one module for each protocol."""
