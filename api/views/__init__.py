"""What the API shows of the engine's rows."""
