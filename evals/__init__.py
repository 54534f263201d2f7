"""How good is it: data sets, suites, gates and reports."""
