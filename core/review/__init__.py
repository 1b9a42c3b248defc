"""Contact sheets and plots for people."""
