"""Tools for testing projects."""
