"""Builds the environment and checks it. Standard library only."""
