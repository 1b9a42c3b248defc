"""Scoring a matte against the truth with the field's metrics."""
