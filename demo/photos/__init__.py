"""Photos of airports, by the people of Atlas."""
