"""JSON with decimals as the numbers they are: no float in between."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def exact_json(value: Any) -> str:
    """`value` as JSON. Raises `TypeError` or `ValueError` for what JSON cannot say."""
    match value:
        case None | bool() | str():
            return json.dumps(value)
        case int():
            return str(value)
        case Decimal():
            if not value.is_finite():
                raise ValueError("NaN and infinity are no JSON numbers")
            return format(value, "f")
        case list() | tuple():
            return f"[{','.join(exact_json(item) for item in value)}]"
        case dict():
            members = (f"{json.dumps(str(key))}:{exact_json(item)}" for key, item in value.items())
            return f"{{{','.join(members)}}}"
        case _:
            raise TypeError(f"{type(value).__name__} has no JSON form")
