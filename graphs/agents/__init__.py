"""Decision agents: a model's typed answer with evidence and measured confidence. They decide, they do not act."""
