"""The resident worker that hosts talk to in JSON lines."""
