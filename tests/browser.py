"""Pages opened from a file in a real browser, Debian's Chromium."""

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
]
browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: `apt-get install chromium`")


class Seen(NamedTuple):
    """What steps left, one after the other, and what the console was told."""

    told: list[str]
    console: list[str]


def opened(page: str, *steps: str, folder: Path) -> Seen:
    """Open a page and take steps on it, expressions in JavaScript, when it has loaded.

    Parameters
    ----------
    page : its HTML.
    folder : where it is written, and the browser's profile.
    """
    told = "".join(f"document.title += '|' + ({step});" for step in steps)
    stepped = folder / "stepped.html"
    script = f"<script>addEventListener('load', () => {{ {told} }})</script></body>"
    stepped.write_text(page.replace("</body>", script), encoding="utf-8")
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run([*command, stepped.as_uri()], capture_output=True, text=True, timeout=600)
    title = re.findall(r"<title>(.*?)</title>", done.stdout)[0]
    console = re.findall(r"CONSOLE[^\]]*\] (.*)", done.stderr)
    return Seen(unescape(title).split("|")[1:], console)
