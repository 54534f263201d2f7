"""`python -m tools.testing.portal --port 8410`: the supplier portal, to look at or to try a bot on."""

from __future__ import annotations

from tools.testing.portal.serving import serve

if __name__ == "__main__":
    serve()
