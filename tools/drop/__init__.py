"""File drop: files placed in a folder become cases."""
