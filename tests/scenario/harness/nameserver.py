"""A name server over UDP that says what a story wants, and remembers what it was asked."""
import socket
import struct
import threading

IPV4, IPV6 = 1, 28
SERVER_FAILURE, NO_SUCH_NAME = 2, 3


class NameServer:
    """Answers questions for addresses: `names` holds the addresses of each name. A name that it does not have does not
    exist."""

    def __init__(self, **names):
        self.names = {}
        self.ttl = 1
        self.failure = None
        self.silent = False
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        for name, addresses in names.items():
            self.put(name.replace("_", "."), *addresses)
        threading.Thread(target=self._serve, daemon=True).start()

    def put(self, name, *addresses):
        """From now on `name` has these addresses; none: it exists without any."""
        self.names[name] = addresses

    def close(self):
        """Ends it."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def _serve(self):
        while True:
            try:
                question, sender = self.socket.recvfrom(4096)
                if not question:
                    return
                if not self.silent:
                    self.socket.sendto(self._answer(question), sender)
            except OSError:
                return

    def _answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode().lower())
            at += 1 + question[at]
        kind = struct.unpack(">H", question[at + 1:at + 3])[0]
        name = ".".join(labels)
        self.asked.append(name)
        code = self.failure or (0 if name in self.names else NO_SUCH_NAME)
        records = [] if code else [_record(address, self.ttl) for address in self.names[name] if _kind(address) == kind]
        head = question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        return head + question[12:at + 5] + b"".join(records)


def _kind(address):
    return IPV6 if ":" in address else IPV4


def _record(address, ttl):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address)
    return struct.pack(">HHHIH", 0xC00C, _kind(address), 1, ttl, len(packed)) + packed
