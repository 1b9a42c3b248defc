"""Hosts: the command line, Nuke, Blender and the farm."""
