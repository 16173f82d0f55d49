"""`python -m manoir`: the same as the command `manoir`."""

import sys

from manoir.cli import main

if __name__ == "__main__":
    sys.exit(main())
