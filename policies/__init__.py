"""What is allowed. Pure: no clock, no network, no database; reads only its own packaged packs."""
