"""What an error of a check means to the person who has to mend it."""

from __future__ import annotations

from tools.connector import Health, Standing
from tools.errors import ToolError

REMEDIES = {
    "unreachable": "see whether the system runs, and whether its address and the way to it are right",
    "tls_refused": "see whether the certificate is valid for this name and its issuer is trusted on this machine",
    "no_answer": "see whether the system is overloaded, or needs a longer time limit",
    "secret_missing": "set the variable, or put the file where the configuration says",
    "credentials_refused": "renew the credentials that the configuration refers to",
    "not_allowed": "give the connector's user the rights it needs in that system",
    "address_refused": "set `private_addresses: true` if the system is in your own network, else correct the address",
    "redirected": "configure the address to which the system redirects, if that is the right one",
    "too_many_requests": "lower the connector's rate limit, or ask for a higher quota there",
    "http_404": "correct the path behind the address",
}
OTHERWISE = "look into the log of that system"
STILL_THERE = frozenset({"too_many_requests"})
"""Problems of a system that works."""


def ailing(error: ToolError) -> Health:
    """The system as the error shows it."""
    standing = Standing.DEGRADED if error.reason in STILL_THERE else Standing.DOWN
    return Health(standing=standing, problem=error.message, remedy=REMEDIES.get(error.reason, OTHERWISE))
