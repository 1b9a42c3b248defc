import os
import signal
import subprocess
import sys

import pytest

from platekey.plugin.shell.stop import stop_on_signal

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_sets_the_flag(number):
    with stop_on_signal() as should_stop:
        assert not should_stop()
        os.kill(os.getpid(), number)
        assert should_stop()


@POSIX
def test_the_second_signal_does_what_it_always_did():
    with stop_on_signal() as should_stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert should_stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_handlers_are_put_back():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stop_on_signal():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@POSIX
def test_a_signal_that_was_ignored_stays_ignored():
    code = (
        "import os, signal\n"
        "from platekey.plugin.shell.stop import stop_on_signal\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "with stop_on_signal() as should_stop:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    print(should_stop())\n"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert run.stdout == "False\n"
