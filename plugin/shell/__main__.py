"""`python -I -m platekey.plugin.shell`: the command line without its entry point."""

import sys

from .main import main

if __name__ == "__main__":
    sys.exit(main())
