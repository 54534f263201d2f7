"""The form in which tests run cases that do not say: `INTERLOCK_TEST_FORM`, by default the product's own."""

from __future__ import annotations

import os

from graphs.runtime.form import Form


def chosen_form() -> Form:
    """The form of this run of the tests."""
    return Form(os.environ.get("INTERLOCK_TEST_FORM", Form.JOURNAL))
