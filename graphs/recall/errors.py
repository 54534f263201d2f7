"""Why a recall cannot be what was asked for.

RecallTargetInvalid (Invalid)   it does not say what was wrong, or says it in a form that nobody reads
RecallClosed (Conflict)         the recall is closed
RecallNotDone (Conflict)        it has decisions that nobody has judged again or closed
"""

from __future__ import annotations

from graphs.errors import Conflict, Invalid


class RecallTargetInvalid(Invalid):
    """What is to be recalled is not named as it can be found."""

    code = "recall_target_invalid"


class RecallClosed(Conflict):
    """The recall is closed: open another."""

    code = "recall_closed"


class RecallNotDone(Conflict):
    """The recall has decisions that nobody has judged again, or whose incidents are open."""

    code = "recall_not_done"
