"""What a worker must know before it acts: on a stalled machine it does not, and its case rightly waits for later."""

from __future__ import annotations

from graphs.runtime.services import Services
from tests.support.patience import eventually

TENANT = "acme"


async def switches_known(services: Services) -> None:
    """Return once the database has said what is switched off, so that a test which advances once gets its step."""
    admission = services.admission

    async def known() -> bool:
        return admission.is_current(admission.fresh(TENANT) or await admission.read(TENANT), TENANT)

    await eventually(known, within_seconds=30)
