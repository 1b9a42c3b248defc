"""The subjects made of code alone: a furry creature, cloth, foliage, feathers, props."""
