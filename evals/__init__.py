"""How good it is: datasets, suites, figures."""
