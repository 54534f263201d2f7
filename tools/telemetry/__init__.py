"""What is told about the running program: metrics, which are always counted, and traces, which are off by default."""
