"""The app of the Django contender: relations are known between models of installed apps only."""
