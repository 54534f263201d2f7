"""How people and systems reach Interlock."""
