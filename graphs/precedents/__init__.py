"""Precedents: what people decided about like questions. Shown to people; nothing in the engine decides by them."""
