"""ERN messages: one domain model, read and written per version by tables of paths."""
