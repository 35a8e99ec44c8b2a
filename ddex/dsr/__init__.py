"""DSR flat files: records as tables, writer, checker."""
