"""Training: losses, steps, checkpoints, validation, and pictures of how it goes."""
