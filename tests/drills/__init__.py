"""Drills: deliveries go on while everything around them breaks, and are counted afterwards."""
