"""Language models: one gateway to any OpenAI-compatible endpoint, and what it may cost."""
