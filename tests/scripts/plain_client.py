"""What netcat does, for tests on machines that have none: `plain_client.py HOST PORT`."""

from __future__ import annotations

import socket
import sys
import threading


def main() -> None:
    with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as there:
        threading.Thread(target=_send, args=(there,), daemon=True).start()
        with there.makefile("r", encoding="utf-8") as heard:
            for line in heard:
                sys.stdout.write(line)
                sys.stdout.flush()


def _send(there: socket.socket) -> None:
    for line in sys.stdin:
        there.sendall(line.encode())
    there.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()
