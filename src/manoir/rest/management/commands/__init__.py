"""Commands of APIs."""
