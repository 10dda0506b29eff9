"""New codes for clients, from a secret that stays with the person who keeps the records.

HMAC-SHA-256 (Krawczyk, Bellare and Canetti 1997, RFC 2104) of the old code: the same client gets
the same new code every time, and without the secret nobody can go back, not even by trying all
old codes. Whoever has both the secret and the raw file can: keep them apart from what is shared.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from analysis import paths

#: What a new code looks like; no text but a client's code does. It is looked for in megabytes,
#: which is fast where a pattern begins with letters: that a word begins there is asked after them.
FORM = re.compile(r"c-(?<=\bc-)[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}\b")
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o, u, which are misread
_BYTES = 32


class SecretError(Exception):
    """The file of the secret cannot be used; the text says why, and never shows the secret."""


def default_secret() -> Path:
    """Where the secret is kept unless another place is given; git never sees it."""
    return paths.data_dir() / "clients" / ".secret"


def secret_of(path: Path) -> bytes:
    """The secret in a file, made on first use and readable by its owner only.

    Raises `SecretError` where the file holds anything else: a damaged secret would quietly give
    every client a new code.
    """
    if not path.exists():
        made = secrets.token_hex(_BYTES)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another run was faster
            return secret_of(path)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(made + "\n")
        return bytes.fromhex(made)
    text = path.read_bytes().strip()
    if not re.fullmatch(rb"[0-9a-f]{64}", text):
        raise SecretError(
            "the file of the secret does not hold 64 hexadecimal digits. To mend: restore it from "
            "a backup, or move it away, and every client gets a new code"
        )
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return bytes.fromhex(text.decode())


def pseudonyms(codes: Iterable[str], secret: bytes) -> dict[str, str]:
    """A new code for every old one; two clients never share one.

    >>> new = pseudonyms(["C01", "C02"], b"0" * 32)
    >>> len(set(new.values())), all(FORM.fullmatch(code) for code in new.values())
    (2, True)
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for code in sorted(set(codes)):  # in one order, so that a collision is settled one way
        attempt = 0
        while (new := _code(code, attempt, secret)) in taken:
            attempt += 1
        given[code] = new
        taken.add(new)
    return given


def _code(code: str, attempt: int, secret: bytes) -> str:
    message = f"client\0{code}\0{attempt}".encode()
    number = int.from_bytes(hmac.digest(secret, message, hashlib.sha256)[:5], "big")
    letters = "".join(_LETTERS[(number >> 5 * place) & 31] for place in range(8))
    return f"c-{letters[:4]}-{letters[4:]}"
