"""The pages: what a listener and an operator see. Data comes through `ports`."""
