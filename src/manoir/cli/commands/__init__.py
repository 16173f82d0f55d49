"""Commands of manoir itself."""
