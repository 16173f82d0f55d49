"""The app whose models have files."""
