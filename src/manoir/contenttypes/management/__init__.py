"""Commands of content types."""
