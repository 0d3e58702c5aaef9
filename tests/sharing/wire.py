"""A wire before a server on loopback: it counts what comes back, slows it, and can be cut."""

import socket
import socketserver
import threading
import time
from contextlib import suppress

BLOCK = 16384  # bytes


class Wire(socketserver.ThreadingTCPServer):
    """Passes bytes between its own port and a server's.

    Attributes
    ----------
    received : bytes that came from the server so far.
    rate : at most so many of them a second; None: as fast as they come.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int):
        super().__init__(("127.0.0.1", 0), Pass)
        self.server_port = port
        self.received = 0
        self.rate: float | None = None
        self.open: set[socket.socket] = set()
        self.whole = True
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def verify_request(self, request, client_address) -> bool:
        return self.whole

    def cut(self) -> None:
        """As if the server were down."""
        self.whole = False
        for end in list(self.open):
            with suppress(OSError):  # closed by then; to close alone wakes nobody who reads
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.whole = True

    def close(self) -> None:
        self.cut()
        self.shutdown()
        self.server_close()


class Pass(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.server_port)) as server:
            ends = {self.request, server}
            for end in ends:  # many small questions, one after the other
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.server.open |= ends
            there = threading.Thread(target=self.carry, args=(self.request, server), daemon=True)
            there.start()
            self.carry(server, self.request, back=True)
            there.join()
            self.server.open -= ends

    def carry(self, source: socket.socket, target: socket.socket, back: bool = False) -> None:
        """Until one end closes, and then tell the other."""
        try:
            while block := source.recv(BLOCK):
                if back:
                    self.server.received += len(block)
                    if self.server.rate:
                        time.sleep(len(block) / self.server.rate)
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # cut, or one end went away: nothing more to pass on
            for end in (source, target):
                end.close()
