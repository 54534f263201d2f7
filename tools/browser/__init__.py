"""Browser bots: systems without an interface for programs, worked through their pages as a person would."""
