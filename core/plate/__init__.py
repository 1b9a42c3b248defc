"""Conditioning of the clean plate: registration, exposure, noise."""
