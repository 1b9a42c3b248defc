"""Frames: image files and sequences in, atomic image files out."""
