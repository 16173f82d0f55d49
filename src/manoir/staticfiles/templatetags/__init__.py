"""Template tags of static files."""
