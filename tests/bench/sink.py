"""A mail sink in a process of its own, so that its work is not counted as ours: prints its port, ends with its input."""

import sys

from tests.integration.sink import smtp_sink


def main() -> int:
    """Serve until standard input is closed."""
    with smtp_sink() as sink:
        print(sink.port, flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
