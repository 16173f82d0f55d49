"""What the pages of all contenders show."""

ROWS = 50
FIRST = 4711
USERNAME = "ada"
