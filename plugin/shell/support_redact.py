"""Takes out of texts what tells who and where somebody is, or opens a door."""

from __future__ import annotations

import getpass
import importlib.metadata
import os
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

SECRET = re.compile(
    r"KEY|TOKEN|SECRET|PASS|PWD|LICEN|SERIAL|AUTH|CRED|COOKIE|RLM|FLEXLM|SESSION|DSN|SIGNATURE",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"PWD|OLDPWD")  # names that only look like one
_SHORTEST = 6  # characters of a secret that is looked for in texts
_HEX = r"[0-9a-fA-F]{1,4}"
_IP = re.compile(r"(?<![\w.+-])(?:\d{1,3}\.){3}\d{1,3}(?![\w.+-]|\.\d)")
_PATTERNS = (
    (re.compile(r"(?<=://)[^/\s@]+@"), "<login>@"),  # in a URL of an index or a proxy
    (re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"), "<mail>"),
    (re.compile(r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b"), "<mac>"),
    (re.compile(rf"(?<![\w:.])(?:{_HEX}:){{7}}{_HEX}(?![\w:])"), "<ip>"),
    (re.compile(rf"(?<![\w:.])(?:{_HEX}:){{1,6}}(?::{_HEX}){{1,6}}(?![\w:])"), "<ip>"),
    # NAME=value and "name": "value", wherever a log quotes them
    (
        re.compile(
            r"(?i)([\w-]*(?:token|secret|password|passwd|licen[cs]e|serial|api_?key)[\w-]*"
            r"[\"']?\s*[=:](?!=)\s*[\"']?)[^\s\"',;]+"
        ),
        r"\1<secret>",
    ),
)


class Redactor:
    """Replaces names of user, home and machine, addresses, and values of secret variables.

    Args:
        environ: the environment variables.
        home: the user's folder.
        users: names of the user.
        machines: names of the machine.
        versions: of packages, which may look like an address.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        home: str,
        users: set[str],
        machines: set[str],
        versions: set[str],
    ) -> None:
        self._versions = versions
        secrets = {value for name, value in environ.items() if is_secret(name)}
        words = {secret: "<secret>" for secret in secrets if len(secret) >= _SHORTEST}
        for folder in {home, os.path.realpath(home)}:
            if len(folder) > 1:
                words[folder] = "<home>"
                words[folder.replace("\\", "\\\\")] = "<home>"  # in JSON
        self._texts = sorted(words.items(), key=lambda item: len(item[0]), reverse=True)
        self._names = [(name, "<host>") for name in _longest_first(machines)]
        self._names += [(name, "<user>") for name in _longest_first(users)]

    def __call__(self, text: str) -> str:
        """The text without them."""
        for found, instead in self._texts:
            text = text.replace(found, instead)
        for name, instead in self._names:
            whole = rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"
            text = re.sub(whole, instead, text, flags=re.IGNORECASE)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return _IP.sub(lambda m: m[0] if m[0] in self._versions else "<ip>", text)


def redactor() -> Redactor:
    """That of this user on this machine."""
    users = {os.environ.get(name, "") for name in ("USER", "USERNAME", "LOGNAME")}
    with suppress(OSError, KeyError, ImportError):  # a container's user without a name
        users.add(getpass.getuser())
    host = socket.gethostname()
    machines = {host, host.split(".")[0], os.environ.get("COMPUTERNAME", "")}
    machines -= {"", "localhost"}
    versions = {item.version for item in importlib.metadata.distributions()}
    return Redactor(os.environ, str(Path.home()), users - {""}, machines, versions)


def is_secret(name: str) -> bool:
    """Whether an environment variable of that name is kept back altogether."""
    return bool(SECRET.search(name.upper().replace("PLATEKEY", ""))) and not _NO_SECRET.fullmatch(
        name
    )


def _longest_first(names: set[str]) -> list[str]:
    return sorted((name for name in names if name), key=len, reverse=True)
