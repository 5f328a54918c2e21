"""A real browser for tests: headless Chromium, spoken to by its DevTools protocol.

No package is needed for it but Chromium itself, from the system's own packages.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import itertools
import os
import re
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 30.0
"""How long anything may take: a browser starts slowly on a busy machine."""
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
    "--remote-debugging-port=0",
    "--hide-scrollbars",
    "--log-level=3",
)
_NEXT_PICTURE = "new Promise(it => requestAnimationFrame(() => requestAnimationFrame(it)))"
_KEYS = {"Tab": 9, "Enter": 13}
_WORDS = {"Enter": "\r"}


def chromium() -> str | None:
    """Return the program of the browser, if there is one (`CHROMIUM` names another)."""
    named = (os.environ.get("CHROMIUM", ""), *NAMES)
    return next((found for name in named if name and (found := shutil.which(name))), None)


@dataclasses.dataclass
class Tab:
    """One tab, without a history of its own."""

    line: aiohttp.ClientWebSocketResponse
    session: str
    numbers: itertools.count[int]
    events: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the protocol and return its result; events on the way are kept."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params, "sessionId": self.session}
        await self.line.send_json({name: value for name, value in message.items() if value != ""})
        async with asyncio.timeout(SECONDS):
            while (answer := await self.line.receive_json()).get("id") != number:
                self.events.append(answer)
        assert "error" not in answer, answer
        return dict(answer["result"])

    async def until(self, event: str) -> dict[str, Any]:
        """Wait for an event, unless it was there since the last wait."""
        async with asyncio.timeout(SECONDS):
            while True:
                for kept in self.events:
                    if (kept["method"], kept.get("sessionId")) == (event, self.session):
                        self.events.remove(kept)
                        return dict(kept["params"])
                self.events.append(await self.line.receive_json())

    async def visit(self, url: str) -> None:
        self.events.clear()
        await self.call("Page.navigate", url=url)
        await self._drawn()

    async def _drawn(self) -> None:
        """Wait for a page and its first picture: only then its field has the focus."""
        await self.until("Page.loadEventFired")
        await self.call("Runtime.evaluate", expression=_NEXT_PICTURE, awaitPromise=True)

    async def look(self, script: str) -> Any:
        """Return what a script of the test (the page has none) finds on the page."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def text(self) -> str:
        return " ".join(str(await self.look("document.body.innerText")).split())

    async def type(self, words: str) -> None:
        await self.call("Input.insertText", text=words)

    async def press(self, key: str) -> None:
        """Press a key: Tab or Enter."""
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=_KEYS[key],
                text=_WORDS.get(key, "") if kind == "keyDown" else "",
            )

    async def send(self) -> None:
        """Press Enter in a form and wait for the page that answers."""
        self.events.clear()
        await self.press("Enter")
        await self._drawn()

    async def focused(self) -> str:
        """Return what stands in focus: an id, or the words of it."""
        element = "document.activeElement"
        return str(await self.look(f"{element}.id || {element}.innerText || {element}.tagName"))

    async def seen(self, *, dark: bool = False, width: int = 900, height: int = 1000) -> None:
        """Look with a screen of so many pixels, by day or by night."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if width < 500 else 1,
            mobile=width < 500,
        )

    async def picture(self, path: Path) -> None:
        answer = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(answer["data"]))

    async def spoken(self) -> Sequence[tuple[str, str, str]]:
        """Return what a screen reader is told: role, name and description, in order."""
        nodes = (await self.call("Accessibility.getFullAXTree"))["nodes"]
        return [
            (_value(node, "role"), _value(node, "name"), _value(node, "description"))
            for node in nodes
            if not node["ignored"]
        ]


def _value(node: dict[str, Any], name: str) -> str:
    return str(node.get(name, {}).get("value", ""))


@asynccontextmanager
async def browsing(program: str, folder: Path) -> AsyncIterator[Browser]:
    """Run a browser with an empty profile in `folder`, and end it after the block."""
    process = await asyncio.create_subprocess_exec(
        program,
        *_FLAGS,
        f"--user-data-dir={folder}",
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        address = await _address(process)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, max_msg_size=0) as line,
        ):
            yield Browser(Tab(line, "", itertools.count(1)))
    finally:
        process.kill()
        await process.communicate()


@dataclasses.dataclass
class Browser:
    """A browser; each person in it has cookies of their own."""

    root: Tab

    async def person(self) -> Tab:
        """Open a tab for somebody new."""
        context = await self.root.call("Target.createBrowserContext")
        target = await self.root.call(
            "Target.createTarget", url="about:blank", browserContextId=context["browserContextId"]
        )
        attached = await self.root.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        tab = Tab(self.root.line, attached["sessionId"], self.root.numbers)
        for domain in ("Page", "Runtime", "Log", "Accessibility", "Network"):
            await tab.call(f"{domain}.enable")
        return tab


async def _address(process: asyncio.subprocess.Process) -> str:
    """Return where the browser listens, as it says itself."""
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(SECONDS):
        while line := await process.stderr.readline():
            said += line
            if found := re.search(rb"DevTools listening on (ws://\S+)", line):
                return found[1].decode()
    raise AssertionError(said.decode("utf-8", "replace"))
