"""Commands of JSON Web Tokens."""
