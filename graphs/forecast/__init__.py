"""Forecasts of breaches: learned from the trail, issued before it is late, and held against what happened."""
