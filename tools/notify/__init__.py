"""Notifications: short texts to people, over channels that an operator configures."""
