"""What every rendered scene is built of: surfaces, objects and the subject that carries them."""
