"""Jobs over frames: what the shell, the farm and the hosts' worker all run."""
