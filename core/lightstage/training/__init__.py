"""Truth made into training samples: what differs on a real set, hints, drawn subjects."""
