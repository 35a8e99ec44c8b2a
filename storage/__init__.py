"""Objects by key, on any provider: few methods, declared capabilities."""
