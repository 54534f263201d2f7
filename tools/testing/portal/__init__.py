"""A supplier portal to try bots on, and its twin in memory."""
