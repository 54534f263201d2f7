"""The ERP twin: in memory, or served over HTTP for tests that kill the worker and keep the target.

python -m tools.testing.erp --port 0 --port-file F --log-file F [--ignores-keys] [--delay-before S] [--delay-after S]
"""

from __future__ import annotations

from tools.testing.erp_memory import ErpRequest, Fault, MemoryErp
from tools.testing.erp_remote import RemoteMemoryErp
from tools.testing.erp_service import serve

__all__ = ["ErpRequest", "Fault", "MemoryErp", "RemoteMemoryErp"]

if __name__ == "__main__":
    serve()
