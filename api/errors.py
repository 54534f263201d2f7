"""Errors that keep Interlock from starting.

StartRefused
├── SettingsInvalid       a setting has a value that cannot be used
├── DataFolderUnusable    the data folder cannot be made or written to
├── DiskFull              too little free space in the data folder
├── PortTaken             another program listens on the port
├── DatabaseUnreachable   the PostgreSQL of INTERLOCK_DATABASE_URL does not answer
├── DatabaseUnusable      the embedded PostgreSQL did not start, or the server is too old
├── SandboxInUse          another Interlock runs the ERP sandbox of this data folder
└── SandboxUnavailable    the ERP sandbox could not be made or started
"""

from __future__ import annotations


class StartRefused(RuntimeError):
    """Interlock does not start, and the message says what to do."""


class SettingsInvalid(StartRefused):
    """A setting has a value that cannot be used; the message names the variable."""


class DataFolderUnusable(StartRefused):
    """The data folder cannot be made or written to."""


class DiskFull(StartRefused):
    """Too little free space in the data folder."""


class PortTaken(StartRefused):
    """Another program listens on the port."""


class DatabaseUnreachable(StartRefused):
    """The PostgreSQL of `INTERLOCK_DATABASE_URL` does not answer."""


class DatabaseUnusable(StartRefused):
    """The embedded PostgreSQL did not start, or the server is too old."""


class SandboxInUse(StartRefused):
    """Another Interlock runs the ERP sandbox of this data folder."""


class SandboxUnavailable(StartRefused):
    """The ERP sandbox could not be made or started."""
