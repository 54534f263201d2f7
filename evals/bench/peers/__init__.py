"""The peers, each a script of its own that runs in a virtual environment of its own."""
