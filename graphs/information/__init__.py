"""Information requests: somebody outside is asked by mail about a task, and the answer finds its way back to it."""
