"""Mail: in from a mailbox, out through a server."""
