"""The command line, a host like the others, that runs the core in its own process."""
