"""Alpha and foreground measured from photographs."""
