"""Whole shots with truth: sets, actors, lights and cameras, their passes, and the plates."""
