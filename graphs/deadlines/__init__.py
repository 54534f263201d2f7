"""Deadlines: clocks of cases, by service levels and business calendars."""
