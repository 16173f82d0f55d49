"""Photos that visitors upload."""
