"""Subjects rendered under one light at a time."""
