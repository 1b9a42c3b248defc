"""Rendered shots with exact truth. The only folder of `core` that may import bpy."""
