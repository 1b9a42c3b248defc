"""Captures lit by panoramas, and the backgrounds that belong to that light."""
