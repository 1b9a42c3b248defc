"""Rooms all around: panoramas that a subject is lit by and put before."""
