"""The subject over a new background, in linear light: despill, edges, light, lens, grain, merge."""
