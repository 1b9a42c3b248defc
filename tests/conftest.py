"""Threads that wait asleep: a busy machine runs the tests many times faster. Ctrl+C as ever."""

import signal

from platekey.core.job.threads import share_cores

share_cores()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background by a shell
    signal.signal(signal.SIGINT, signal.default_int_handler)
