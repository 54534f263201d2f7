"""Passwords: which are good enough, and how they are kept (Argon2id).

The parameters are those of OWASP's Password Storage Cheat Sheet: 19 MiB of memory, two passes, one lane. A hash that
was made with others is made anew when its password is next given.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from graphs.accounts.errors import PasswordTooWeak

MIN_LENGTH = 12
MAX_LENGTH = 200
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
AT_ONCE = 2
"""How many passwords are hashed at once: each takes the memory, and a core."""
DIFFERENT = 6
"""How many different characters a password has at least."""
LONGEST_RUN = 4
"""From how many characters on a row of the keyboard or the alphabet counts as one."""
RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "yxcvbnm",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "1q2w3e4r5t6y7u8i9o0p",
)
GUESSED = (
    "password", "passwort", "motdepasse", "contrasena", "kennwort", "geheim", "secret", "welcome", "willkommen",
    "letmein", "login", "admin", "administrator", "root", "user", "guest", "test", "changeme", "default", "master",
    "interlock", "company", "iloveyou", "sunshine", "princess", "football", "baseball", "superman", "batman", "dragon",
    "monkey", "shadow", "michael", "jordan", "trustno", "starwars", "whatever", "summer", "winter", "spring", "autumn",
    "sommer", "herbst", "monday", "january", "february", "march", "april", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
"""Words that the most used passwords are made of. Without network, this is a rule and no list of leaked passwords."""
LOOKS_LIKE = str.maketrans("@4310$5!7", "aaeiossit")
OWN_LEAST = 4
"""How much of a password must be left once what is guessed first is taken out of it."""
Result = TypeVar("Result")


def normalised(password: str) -> str:
    """The password as it is hashed: the same on every keyboard (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, own: tuple[str, ...] = ()) -> None:
    """Whether it may be chosen; `own` is what others know of the person: login, name, address.

    Raises `PasswordTooWeak`.
    """
    text = normalised(password)
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        raise PasswordTooWeak(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters; this has {len(text)}")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise PasswordTooWeak("a password has no control characters")
    if len(set(text.casefold())) < DIFFERENT:
        raise PasswordTooWeak(f"a password has at least {DIFFERENT} different characters")
    if len(remainder(text, own)) < OWN_LEAST:
        raise PasswordTooWeak(
            "without your names, the words that are guessed first, digits and rows of keys, too little is left of it: "
            "take several words that do not belong together"
        )


def remainder(password: str, own: tuple[str, ...]) -> str:
    """What of the password somebody who guesses would not try first."""
    text = password.casefold()
    mine = [part for one in own for part in re.split(r"[\W_]+", one.casefold()) if len(part) >= 3]
    found = [*mine, *GUESSED]
    for word in sorted(found, key=len, reverse=True):
        if word in text:
            text = text.replace(word, "\0")
        elif word in text.translate(LOOKS_LIKE):
            text = text.translate(LOOKS_LIKE).replace(word, "\0")
    text = _without_runs(text)
    text = re.sub(r"(.)\1{2,}", r"\1", text)
    return re.sub(r"[\0\d\W_]+", "", text)


def _without_runs(text: str) -> str:
    for row in (*RUNS, *(row[::-1] for row in RUNS)):
        for length in range(len(row), LONGEST_RUN - 1, -1):
            for start in range(len(row) - length + 1):
                text = text.replace(row[start : start + length], "\0")
    return text


@cache
def _of_nobody(memory_kib: int, passes: int, lanes: int) -> str:
    """A hash that no known password fits, made once in a process: it costs what a sign-in does."""
    argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
    return argon2.hash(secrets.token_urlsafe())


class Hasher:
    """Hashes passwords beside the event loop, a few at once."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES, lanes: int = LANES) -> None:
        """With these parameters; fewer are for tests only."""
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._nobodys = _of_nobody(memory_kib, passes, lanes)

    async def hash(self, password: str) -> str:
        """The password's hash, with parameters and salt."""
        text = normalised(password)
        return await self._beside(lambda: self._argon2.hash(text))

    async def fits(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password of the hash. Without one the answer is no, and takes as long."""
        text = normalised(password)
        return await self._beside(lambda: self._fits(hashed or self._nobodys, text)) and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters."""
        return self._argon2.check_needs_rehash(hashed)

    def _fits(self, hashed: str, text: str) -> bool:
        try:
            return self._argon2.verify(hashed, text)
        except (VerificationError, InvalidHashError):
            return False

    async def _beside(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
