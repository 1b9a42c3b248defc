"""Colour spaces through OpenColorIO."""
