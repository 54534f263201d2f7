"""Analytics: what cases took, where they stand and wait, folded from the trail into counters."""
