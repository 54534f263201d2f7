"""A small process, people and tools that the engine's tests share."""
