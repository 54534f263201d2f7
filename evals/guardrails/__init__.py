"""The suite `guardrails`: an agent that obeys every injection, and the rules that are all that stands."""
