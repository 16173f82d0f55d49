"""Models of the people of this project: the place of its own `User`."""
