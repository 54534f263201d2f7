"""What touches the world: ports, connectors, and their in-memory twins."""
