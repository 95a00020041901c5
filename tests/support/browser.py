"""Headless Chromium, driven by chromedriver's own protocol (W3C WebDriver): found on this machine, or installed."""

import base64
import json
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support import leash
from tests.support.servers import NoServer, debian_packages

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "chromium-driver", "fonts-dejavu-core")  # a font with Persian letters, for the pictures
# Quiet, and nothing asked of the world outside.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for a reference to an element
NO_SCRIPTS = {"profile.managed_default_content_settings.javascript": 2}


def programs(say: Callable[[str], None] = print) -> tuple[str, str]:
    """Chromium and chromedriver; NoServer when they are not here and cannot be installed."""
    for _ in range(2):
        chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
        driver = shutil.which("chromedriver")
        if chromium and driver:
            return chromium, driver
        if os.geteuid() == 0 and shutil.which("apt-get"):
            debian_packages(say, list(PACKAGES))
    raise NoServer(
        f"The tests of the pages need Chromium and chromedriver (Debian: apt-get install {' '.join(PACKAGES)})"
    )


class Browser:
    """One window. A method is one command of the protocol."""

    def __init__(self, driver: str) -> None:
        self._driver = driver
        self._session = ""

    def begin(self, chromium: str, folder: str, *, scripts: bool, language: str) -> None:
        options: dict[str, Any] = {
            "binary": chromium,
            "args": [*FLAGS, f"--user-data-dir={folder}", f"--lang={language}"],
        }
        options["prefs"] = {"intl.accept_languages": language} | ({} if scripts else NO_SCRIPTS)
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        self._session = f"/session/{self._send('POST', '/session', wanted)['sessionId']}"

    def end(self) -> None:
        self._send("DELETE", self._session)

    def open(self, url: str) -> None:
        self._do("url", url=url)

    def resize(self, width: int, height: int = 900) -> None:
        """The page is this wide, whatever the narrowest window of this platform is."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._do("goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=metrics)

    @property
    def url(self) -> str:
        return str(self._send("GET", f"{self._session}/url"))

    def text(self, selector: str = "body") -> str:
        return str(self._send("GET", f"{self._session}/element/{self._find(selector)}/text"))

    def attribute(self, selector: str, name: str) -> str:
        return str(self._send("GET", f"{self._session}/element/{self._find(selector)}/attribute/{name}"))

    def focused(self) -> str:
        """The tag and id or address of what has the keyboard."""
        return str(
            self.run("const e = document.activeElement; return e.tagName + ' ' + (e.id || e.getAttribute('href'))")
        )

    def press(self, *keys: str) -> None:
        pressed = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._do("actions", actions=[{"type": "key", "id": "keyboard", "actions": pressed}])

    def run(self, script: str, *arguments: Any) -> Any:
        return self._do("execute/sync", script=script, args=list(arguments))

    def answer(self, script: str) -> Any:
        """What a script hands to `done`, sooner or later."""
        return self._do("execute/async", script=f"const done = arguments[0]; {script}", args=[])

    def fits(self) -> bool:
        """Whether nobody has to scroll sideways, and no text leaves its box."""
        return bool(
            self.run(
                "const wide = [...document.querySelectorAll('main *, footer *')].filter("
                "e => getComputedStyle(e).display !== 'inline' && e.scrollWidth > e.clientWidth + 1);"
                "const page = document.documentElement;"
                "return wide.length === 0 && page.scrollWidth <= page.clientWidth"
            )
        )

    def prefer(self, scheme: str) -> None:
        """The colours that the reader of the page prefers: light or dark."""
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self._do("goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params=media)

    def picture(self, path: Path) -> None:
        """The whole page."""
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return document.documentElement.clientWidth")
        self.resize(width, height)
        path.write_bytes(base64.b64decode(self._send("GET", f"{self._session}/screenshot")))
        self.resize(width)

    def _find(self, selector: str) -> str:
        return str(self._do("element", using="css selector", value=selector)[ELEMENT])

    def _do(self, command: str, **arguments: Any) -> Any:
        return self._send("POST", f"{self._session}/{command}", arguments)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self._driver}{path}", data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {json.load(error)['value']['message']}") from None


@contextmanager
def browsing(*, scripts: bool, language: str = "fa") -> Iterator[Browser]:
    """A browser with an empty profile."""
    chromium, driver = programs()
    port = leash.free_port()
    with tempfile.TemporaryDirectory(prefix="training-browser-", ignore_cleanup_errors=True) as folder:
        child = leash.spawn([driver, f"--port={port}"], Path(folder) / "driver.log", dict(os.environ), cwd=Path(folder))
        browser = Browser(f"http://127.0.0.1:{port}")
        try:
            leash.wait_until(lambda: _answers(port), 30, "chromedriver")
            browser.begin(chromium, f"{folder}/profile", scripts=scripts, language=language)
            yield browser
            browser.end()
        finally:
            leash.kill_group(child)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=2) as reply:
            return bool(json.load(reply)["value"]["ready"])
    except OSError:
        return False
