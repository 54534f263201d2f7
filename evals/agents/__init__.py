"""Decision classes, asked case by case: how often agents are right, how far they may be believed, what they cost."""
