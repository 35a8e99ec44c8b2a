"""The sending side: makes ERN packages and delivers them."""
