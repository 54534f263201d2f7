"""A message authentication code over stored state: what nobody with the key has written is not read."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from graphs.errors import CheckpointForged

MAC_BYTES = 32
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Seal:
    """HMAC-SHA-256 under `key`, bound to the place where the bytes are stored. All workers share the key."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raises `ValueError` for a key that is too short."""
        if len(self.key) < KEY_BYTES:
            raise ValueError(f"the checkpoint key needs {KEY_BYTES} bytes, it has {len(self.key)}")

    def close(self, place: str, payload: bytes) -> bytes:
        """The payload behind its code."""
        return self._code(place, payload) + payload

    def open(self, place: str, sealed: bytes) -> bytes:
        """The payload. Raises `CheckpointForged` for bytes that were not sealed for this place with this key."""
        code, payload = sealed[:MAC_BYTES], sealed[MAC_BYTES:]
        if not hmac.compare_digest(code, self._code(place, payload)):
            raise CheckpointForged(
                f"the checkpoint at {place} does not carry the seal of this installation's key: it was changed in the "
                "database, or this worker has another INTERLOCK_CHECKPOINT_KEY than the one that wrote it"
            )
        return payload

    def _code(self, place: str, payload: bytes) -> bytes:
        return hmac.digest(self.key, b"%d:%s:%s" % (len(place), place.encode(), payload), "sha256")
