"""Threads that wait asleep: a busy machine runs the tests many times faster."""

from platekey.core.job.threads import share_cores

share_cores()
