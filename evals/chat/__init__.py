"""How well the chat understands questions without a model."""
