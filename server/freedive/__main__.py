"""`python -m freedive` and the `freedive` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Hand over to the command line."""
    from freedive.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
