"""Review quality: what was looked at, known-answer cases, blind second reviews, figures of groups."""
