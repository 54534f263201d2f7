"""The graph proof: no path of a process leads to an effect without its proposal, and the claims that go with this.

Pure: it reads kinds of steps and edges, of a definition and of what executes it, and starts nothing.
"""
