"""Benchmarks: the reference process P2P-6 here and with its peers, recovery, and many waiting cases."""
