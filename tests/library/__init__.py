"""The app that data tests share: a library with every kind of field and relation."""
