"""Both ends of the pipe: a source of zeros, and a sink that answers as the portal's uploads do.

Each is a process of its own on plain sockets, cheap enough not to be the slower side.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
import socket
import ssl
import sys
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOST = "127.0.0.1"
BLOCK = 256 * 1024
ROOT = 34
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BOUNDARY = re.compile(rb"boundary=([0-9a-f]+)")
_CHUNKED_END = b"\r\n0\r\n\r\n"


def write_certificate(file: Path) -> None:
    """Write a certificate for 127.0.0.1 with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))


class Line:
    """One connection, kept alive."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._buffer = memoryview(bytearray(BLOCK))
        self._read = b""

    def head(self) -> bytes:
        """Return the head of the next request, empty at the end."""
        while b"\r\n\r\n" not in self._read:
            more = self._line.recv(BLOCK)
            if not more:
                return b""
            self._read += more
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        if b"100-continue" in head.lower():
            self._line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return head

    def body(self, head: bytes) -> tuple[int, bytes]:
        """Take a body in; return its length and how it begins."""
        found = _LENGTH.search(head)
        if found is None and b"chunked" in head.lower():
            return self._chunked(), b""
        length = int(found[1]) if found else 0
        begin, self._read = self._read[:length], self._read[length:]
        if len(begin) < min(length, 1024):
            begin += self._line.recv(BLOCK)
        left = length - len(begin)
        while left > 0:
            left -= self._line.recv_into(self._buffer[: min(left, BLOCK)])
        return length, begin

    def whole(self, head: bytes) -> bytes:
        """Return a short body."""
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        while len(self._read) < length:
            self._read += self._line.recv(BLOCK)
        body, self._read = self._read[:length], self._read[length:]
        return body

    def _chunked(self) -> int:
        size, tail = len(self._read), self._read[-7:]
        while tail != _CHUNKED_END:
            count = self._line.recv_into(self._buffer)
            size += count
            tail = (tail + bytes(self._buffer[max(0, count - 7) : count]))[-7:]
        self._read = b""
        return size

    def answer(self, body: bytes, status: int = 200, kind: str = "application/json") -> None:
        """Answer in one piece."""
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\n"
        self._line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def zeros(self, size: int) -> None:
        """Answer with so many zeros."""
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        self._line.sendall(f"{head}Content-Length: {size}\r\n\r\n".encode())
        block = bytes(BLOCK)
        while size:
            self._line.sendall(block[: min(size, BLOCK)])
            size -= min(size, BLOCK)


def source(line: Line) -> None:
    """Serve `/SIZE`."""
    while head := line.head():
        line.zeros(int(target_of(head).lstrip("/")))


def sink(line: Line) -> None:
    """Take uploads in one request and in pieces, and whatever curl puts."""
    while head := line.head():
        target = urlsplit(target_of(head))
        size, begin = line.body(head)
        status, answer = answered(target.path, target.query, head, size, begin)
        line.answer(json.dumps(answer).encode(), status)


_sessions: dict[str, list[int]] = {}


def answered(
    path: str, query: str, head: bytes, size: int, begin: bytes
) -> tuple[int, dict[str, object]]:
    """Return what a portal answers to a call of an upload."""
    if path.endswith("/root"):
        return 200, {"status": 0, "statusCode": 200, "response": ROOT}
    if "/security/" in path:
        return 200, {"status": 0, "statusCode": 200, "response": True}
    if path.endswith("create_session"):
        uid = str(len(_sessions))
        _sessions[uid] = [0, int(json.loads(begin)["fileSize"])]
        host = re.search(rb"host: *([^\r\n]+)", head, re.IGNORECASE)
        assert host
        origin = f"{SCHEME}://{host[1].decode()}"
        data: dict[str, object] = {"location": f"{origin}/pieces?uid={uid}"}
        return 201, {"statusCode": 201, "response": {"success": True, "data": data}}
    if path == "/pieces":
        return _piece(parse_qs(query)["uid"][0], _content(head, size, begin))
    if path.endswith("/upload"):
        content = _content(head, size, begin)
        return 201, {"statusCode": 201, "response": _file(pureContentLength=content)}
    return 201, {}


def _piece(uid: str, size: int) -> tuple[int, dict[str, object]]:
    state = _sessions[uid]
    state[0] += size
    if state[0] == state[1]:
        return 201, {"success": True, "data": _file()}
    return 200, {"success": True, "data": {"bytes_uploaded": state[0]}}


def _file(**more: int) -> dict[str, object]:
    return {"id": 1, "folderId": ROOT, "version": 1, "title": "film.mp4", **more}


def _content(head: bytes, size: int, begin: bytes) -> int:
    """Return how many bytes the one part of a form has."""
    boundary = _BOUNDARY.search(head)
    assert boundary
    before = begin.index(b"\r\n\r\n") + 4
    return size - before - len(boundary[1]) - len(b"\r\n----\r\n")


def target_of(head: bytes) -> str:
    """Return the path of a request with its query."""
    return head.split(b" ", 2)[1].decode()


def serve(role: Callable[[Line], None], pem: str) -> None:
    """Serve until ended; each connection has a thread."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if pem:
        context.load_cert_chain(pem)
    with socket.create_server((HOST, 0)) as listening:
        print(f"HTTP at http://{HOST}:{listening.getsockname()[1]}/", flush=True)
        while True:
            plain, _ = listening.accept()
            threading.Thread(target=connection, args=(role, plain, context, pem)).start()


def connection(
    role: Callable[[Line], None], plain: socket.socket, context: ssl.SSLContext, pem: str
) -> None:
    """Serve one connection to its end."""
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with context.wrap_socket(plain, server_side=True) if pem else plain as line:
            role(Line(line))
    except OSError as error:  # whoever was there has gone
        print(error, file=sys.stderr)


SCHEME = "https" if sys.argv[-1].endswith(".pem") else "http"

if __name__ == "__main__":
    serve({"source": source, "sink": sink}[sys.argv[1]], sys.argv[2])
