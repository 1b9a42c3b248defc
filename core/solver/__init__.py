"""The solver: difference, trimap, alpha, foreground, shadow, confidence."""
