"""Hosts: the command line, and later Nuke, Blender and the farm."""
