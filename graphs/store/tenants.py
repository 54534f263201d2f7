"""Tenants as row-level security reads them."""

from __future__ import annotations

from collections.abc import Sequence


def tenant_array(tenants: Sequence[str]) -> str:
    """A PostgreSQL array literal of tenant ids."""
    quoted = (tenant.replace("\\", "\\\\").replace('"', '\\"') for tenant in tenants)
    return "{" + ",".join(f'"{tenant}"' for tenant in quoted) + "}"
