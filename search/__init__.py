"""Finding releases, recordings and parties as one types, within rights."""
