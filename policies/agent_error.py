"""Parameters of a rule pack that say how many automatic decisions of agents may be wrong, in basis points.

No rule reads them: the gates of decision classes do.
"""

from __future__ import annotations

import re
from typing import Final

FOR_ALL: Final = "agent_error_bps"
_FOR_CLASS: Final = re.compile(r"agent_error_[a-z][a-z0-9_]*_bps")


def for_class(decision_class: str) -> str:
    """The parameter that counts for one class before the one for all."""
    return f"agent_error_{decision_class}_bps"


def is_agent_error(parameter: str) -> bool:
    """Whether the parameter is one of them."""
    return parameter == FOR_ALL or _FOR_CLASS.fullmatch(parameter) is not None
