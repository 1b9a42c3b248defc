"""platekey in Blender: nodes for its compositor and the jobs that they start. stdlib and bpy."""
