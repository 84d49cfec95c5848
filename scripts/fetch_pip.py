"""Install pip into this environment where Debian's ensurepip is missing. Standard library only.

Asks the package index that pip itself would use (``PIP_INDEX_URL``, else the public one) for the
newest pip wheel, checks its SHA-256 against the index, and lets that wheel install itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

JSON_INDEX = "application/vnd.pypi.simple.v1+json"
DEFAULT_INDEX = "https://pypi.org/simple"


def wheels(index: str) -> list[tuple[tuple[int, ...], str, str]]:
    """(version, URL, SHA-256) of every pip wheel that the index offers."""
    page = f"{index.rstrip('/')}/pip/"
    request = urllib.request.Request(page, headers={"Accept": f"{JSON_INDEX}, text/html;q=0.5"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body = answer.read().decode()
        is_json = JSON_INDEX in (answer.headers.get("Content-Type") or "")
    found: list[tuple[str, str]] = []
    if is_json:
        for entry in json.loads(body)["files"]:
            found.append((entry["url"], entry["hashes"].get("sha256", "")))
    else:
        for href in re.findall(r'href="([^"]+)"', body):
            url, _, fragment = href.partition("#")
            found.append((url, fragment.removeprefix("sha256=")))
    offered = []
    for url, digest in found:
        name = re.search(r"pip-(\d+(?:\.\d+)*)-py3-none-any\.whl", url)
        if name and digest:
            version = tuple(int(part) for part in name.group(1).split("."))
            offered.append((version, urllib.parse.urljoin(page, url), digest))
    return offered


def main() -> int:
    """Fetch, check, install."""
    index = os.environ.get("PIP_INDEX_URL", DEFAULT_INDEX)
    offered = wheels(index)
    if not offered:
        print(f"setup: no pip wheel offered by {index}", file=sys.stderr)
        return 3
    _, url, digest = max(offered)
    with urllib.request.urlopen(url, timeout=120) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != digest:
        print("setup: the pip wheel differs from its digest in the index", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / url.rsplit("/", 1)[1]
        wheel.write_bytes(data)
        return subprocess.call(
            [sys.executable, f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel)]
        )


if __name__ == "__main__":
    sys.exit(main())
