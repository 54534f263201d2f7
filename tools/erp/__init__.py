"""The ERP: one port, the Tryton connector, the tools over it, and a Tryton of our own to try it on."""
