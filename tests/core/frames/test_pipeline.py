import gc
import threading
import time

import pytest

from platekey.core.errors import MissingFrame, OutputError
from platekey.core.frames.pipeline import WriteBehind, read_ahead


def wait_until(condition):
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


def no_threads(prefix):
    return not [each for each in threading.enumerate() if each.name.startswith(prefix)]


def test_frames_come_in_order_and_errors_come_with_theirs():
    def read(frame):
        if frame == 3:
            raise MissingFrame("no frame 3")
        return frame * 10

    found = list(read_ahead(read, range(1, 6)))
    assert [frame for frame, _ in found] == [1, 2, 3, 4, 5]
    assert [item for _, item in found if not isinstance(item, Exception)] == [10, 20, 40, 50]
    assert isinstance(found[2][1], MissingFrame)
    assert no_threads("read-ahead")


def test_reading_overlaps_and_is_bounded():
    begun = []
    frames = read_ahead(lambda frame: begun.append(frame), range(100), depth=3)
    next(frames)
    assert wait_until(lambda: len(begun) == 4), "three frames are read while one is worked on"
    time.sleep(0.05)
    assert len(begun) == 4
    frames.close()
    assert no_threads("read-ahead")


def test_leaving_the_loop_ends_the_thread_and_reads_no_more():
    begun = []
    for frame, _ in read_ahead(lambda frame: begun.append(frame), range(1000)):
        if frame == 2:
            break
    gc.collect()
    assert wait_until(lambda: no_threads("read-ahead"))
    assert len(begun) <= 5


def test_no_frames_is_no_work():
    assert list(read_ahead(lambda frame: frame, [])) == []


def test_writes_are_in_order_with_an_outcome_each():
    written = []

    def write(frame, item):
        if frame == 2:
            raise OutputError("disk full")
        written.append((frame, item))
        return f"{frame}.exr"

    with WriteBehind(write) as writer:
        for frame in range(1, 5):
            writer.put(frame, frame * 10)
    outcomes = dict(writer.finished())
    assert written == [(1, 10), (3, 30), (4, 40)]
    assert outcomes[4] == "4.exr"
    assert isinstance(outcomes[2], OutputError)
    assert list(writer.finished()) == []
    assert no_threads("write-behind")


def test_a_full_queue_waits_for_the_disk():
    gate = threading.Event()
    queued = []

    def produce():
        with WriteBehind(lambda frame, item: gate.wait(10), depth=2) as writer:
            for frame in range(4):
                writer.put(frame, None)
                queued.append(frame)

    producer = threading.Thread(target=produce)
    producer.start()
    assert wait_until(lambda: len(queued) == 2)
    time.sleep(0.05)
    assert len(queued) == 2
    gate.set()
    producer.join(10)
    assert len(queued) == 4


def test_an_exception_drops_what_has_not_begun_and_finishes_what_has():
    begun, gate, written = threading.Event(), threading.Event(), []

    def write(frame, item):
        begun.set()
        gate.wait(10)
        written.append(frame)

    writer = WriteBehind(write, depth=3)

    def cancelled_job():
        with writer:
            for frame in range(3):
                writer.put(frame, None)
            begun.wait(10)
            threading.Timer(0.05, gate.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cancelled_job()
    assert written == [0]
    assert [frame for frame, _ in writer.finished()] == [0]
    assert no_threads("write-behind")
