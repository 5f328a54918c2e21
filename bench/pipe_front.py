"""Front doors of the sandboxes: long bodies are made or dropped there, all else goes behind.

Neither sandbox would be as fast as the bot, nor as small with a gigabyte in its hands.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from bench.pipe_ends import HOST, Line, answered, connection, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain import FileId
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack_workspace import Workspace


class Front:
    """What the doors have in common: `origin` is where they stand, `behind` what is behind."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.origin = ""

    def serve(self, line: Line) -> None:
        """Answer the requests of a connection."""
        while head := line.head():
            if not self.takes(line, head):
                self._forward(line, head)

    def takes(self, line: Line, head: bytes) -> bool:
        """Answer a request here, or say that it is for the sandbox."""
        raise NotImplementedError

    def _forward(self, line: Line, head: bytes) -> None:
        method = head.split(b" ", 1)[0].decode()
        named = (one.split(": ", 1) for one in head.decode().split("\r\n")[1:])
        headers = {name: value for name, value in named if name.lower() != "host"}
        to = HTTPConnection(urlsplit(self.behind).netloc)
        try:
            to.request(method, target_of(head), line.whole(head), headers)
            reply = to.getresponse()
            body = reply.read().replace(self.behind.encode(), self.origin.encode())
            line.answer(body, reply.status, reply.getheader("Content-Type", ""))
        finally:
            to.close()


class SlackFront(Front):
    """Hands out zeros in place of the bytes of files, as many as Slack says that there are."""

    def __init__(self, behind: str, workspace: Workspace) -> None:
        super().__init__(behind)
        self._workspace = workspace

    def takes(self, line: Line, head: bytes) -> bool:
        path = urlsplit(target_of(head)).path
        file = next((file for id_, file in self._workspace.files.items() if id_ in path), None)
        if file is None or not file.size:
            return False
        line.zeros(file.size)
        return True


class PortalFront(Front):
    """Takes uploads in and drops their bytes; the portal gets a file that has only a size."""

    def __init__(self, behind: str, portal: SandboxPortal, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(behind)
        self._portal = portal
        self._loop = loop
        self._sizes: dict[str, int] = {}

    def takes(self, line: Line, head: bytes) -> bool:
        target = urlsplit(target_of(head))
        if not target.path.endswith(("/upload", "/create_session", "/pieces")):
            return False
        size, begin = line.body(head)
        status, answer = answered(target.path, target.query, head, size, begin)
        made: Any = answer.get("response") or answer.get("data")
        if target.path.endswith("/create_session"):
            uid = made["data"]["location"].partition("uid=")[2]
            self._sizes[uid] = int(json.loads(begin)["fileSize"])
            made["data"]["location"] = f"{self.origin}/pieces?uid={uid}"
        elif "folderId" in made:
            uid = parse_qs(target.query).get("uid", [""])[0]
            made |= self._stored(self._sizes.get(uid) or made["pureContentLength"])
        line.answer(json.dumps(answer).encode(), status)
        return True

    def _stored(self, size: int) -> dict[str, object]:
        async def store() -> FileId:
            return self._portal.file("film.mp4", size=size)

        id_ = asyncio.run_coroutine_threadsafe(store(), self._loop).result()
        file = self._portal.data.files[id_]
        return {"id": id_, "folderId": file.folder.id, "title": file.title}


@contextmanager
def opened(front: Front, pem: str) -> Iterator[Front]:
    """Open a door, with TLS if there is a certificate, for the length of the block."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if pem:
        context.load_cert_chain(pem)
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]
        front.origin = f"{'https' if pem else 'http'}://{HOST}:{port}"
        accepting = threading.Thread(target=_accept, args=(front, listening, context, pem))
        accepting.daemon = True
        accepting.start()
        yield front
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _accept(front: Front, listening: socket.socket, context: ssl.SSLContext, pem: str) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:  # the door is closed
            return
        arguments = (front.serve, plain, context, pem)
        threading.Thread(target=connection, args=arguments, daemon=True).start()
