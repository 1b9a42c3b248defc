"""Clean plates made of footage: merged bursts, estimates from the shot itself, mosaics."""
