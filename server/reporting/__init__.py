"""From accounted usage to reports: plays and revenue in, DSR files out."""
