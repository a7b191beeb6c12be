"""Start the site: `python -m sandbox`. SIGTERM and Ctrl-C end it with status 0."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

from sandbox.config import read_config
from sandbox.site import Site
from sandbox.web import Server


def main() -> int:
    config = read_config()
    site = Site(config)
    try:
        server = Server(config.host, config.port, site.view)
    except OSError as error:
        print(f"sandbox: {config.host}:{config.port}: {error.strerror}", file=sys.stderr)
        return 1

    def stop(number: int, frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever() to end, which this thread is in.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    site.start()
    print(f"sandbox: http://{config.host}:{server.server_port}/", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    site.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
