"""``python -m forecast.command``: the command line without its entry point."""

import sys

from forecast.command.running import main

sys.exit(main())
