"""Review quality: what was looked at, known-answer cases, blind second reviews, and figures of groups for their lead."""
