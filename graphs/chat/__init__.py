"""The chat: questions in plain words become typed queries and proposed actions, and nothing else."""
