"""The outermost layer: web, API, streams, reports and the command line."""
