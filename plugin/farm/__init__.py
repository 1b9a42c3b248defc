"""Jobs for render farms: one description made of the nodes, and what each engine takes of it."""
