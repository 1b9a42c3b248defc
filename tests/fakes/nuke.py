"""A stand-in for Nuke's Python module, stricter than Nuke: what is not known is refused.

It knows the classes and knobs of nuke_classes.py, the functions that platekey calls, and no others.
Every call has to come from the main thread, but for those that exist for other threads. `pump` is
Nuke's event loop. A render copies the files of the Read that a Write leads to.
"""

import queue
import shutil
import threading
import time
from pathlib import Path

import nk_reader
import nk_saved
from nuke_nodes import Knob, Node, Root, built, main_thread
from nuke_nodes import state as _state

GUI = True
EXE_PATH = "Nuke"
NUKE_VERSION_STRING = "13.0v1"
_calls = queue.Queue()
messages = []
bars = []
executed = []


def reset(gui=True):
    global GUI
    GUI = gui
    _state.update(nodes=[], context=[], frame=1001, this=None, knob=None)
    _state["root"] = Root()
    for items in (messages, bars, executed):
        items.clear()


def root():
    main_thread()
    return _state["root"]


def frame(number=None):
    main_thread()
    if number is not None:
        _state["frame"] = number
    return _state["frame"]


def thisNode():
    main_thread()
    return _state["this"]


def thisKnob():
    main_thread()
    return _state["knob"]


def message(text):
    main_thread()
    messages.append(text)


def tprint(text):
    print(text)


def toNode(name):
    main_thread()
    nodes = _state["context"][-1].children if _state["context"] else _state["nodes"]
    return next((node for node in nodes if node.name() == name), None)


def allNodes(kind=None):
    main_thread()
    return [node for node in _state["nodes"] if kind in (None, node.Class())]


def createNode(kind, **knobs):
    main_thread()
    names = {node.name() for node in _state["nodes"]}
    number = next(i for i in range(1, 1000) if f"{kind}{i}" not in names)
    node = Node(kind, f"{kind}{number}", knobs)
    _state["nodes"].append(node)
    return node


def Double_Knob(name, label):
    return Knob(None, name, float, 0.0)


def Int_Knob(name, label):
    return Knob(None, name, int, 0)


class _Nodes:
    """nuke.nodes: a function of each class."""

    def __getattr__(self, kind):
        return lambda **knobs: createNode(kind, **knobs)


nodes = _Nodes()


def delete(node):
    main_thread()
    _state["nodes"].remove(node)


def nodePaste(path):
    """Adds the nodes of a script file; a name that is taken gets the next number."""
    main_thread()
    text = Path(path).read_text(encoding="utf-8")
    nodes, _ = nk_reader.read(text)
    taken = {node.name() for node in _state["nodes"]}
    for read in nodes:
        node = built(read, None)
        node.text = text
        base = read.name.rstrip("0123456789")
        if read.name in taken or read.name == base:
            number = next(i for i in range(1, 1000) if f"{base}{i}" not in taken)
            node["name"].setValue(f"{base}{number}")
        _state["nodes"].append(node)
    return node


def nodeCopy(path):
    """Writes the selected node, a group that was pasted, with its present knobs."""
    main_thread()
    node = next(node for node in _state["nodes"] if node["selected"].value())
    Path(path).write_text(nk_saved.saved(node), encoding="utf-8")


def execute(node, first, last, step):
    """Renders a Write inside of a group: copies what the Read behind it reads."""
    main_thread()
    if node.Class() != "Write":
        raise RuntimeError(f"{node.name()} cannot be executed")
    executed.append((node.name(), first, last))
    number = int(node.inputs[0].knob_or_new("number")._value or 0)
    source = node.parent.input(number)  # what is between changes nothing
    while source.Class() != "Read":
        source = source.input(0)
    target = filename(node)
    for number in range(first, last + 1, step):
        path = Path(target % number)
        path.parent.mkdir(parents=True, exist_ok=True)
        pattern = source["file"].value()
        shutil.copy(pattern % number if "%" in pattern else pattern, path)


def filename(node):
    """A node's file knob with the values of its group put in."""
    text = node["file"].value()
    for name, knob in node.parent._knobs.items() if node.parent else ():
        text = text.replace(f"[value parent.{name}]", str(knob._value))
    return text


def executeInMainThreadWithResult(call, args=(), kwargs=None):
    if threading.current_thread() is threading.main_thread():
        raise RuntimeError("executeInMainThreadWithResult was called from the main thread")
    answer = queue.Queue()
    _calls.put((call, args, kwargs or {}, answer))
    return answer.get(timeout=60)


def pump(until, seconds=120.0):
    """Runs the main thread's calls until something is so."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise TimeoutError("Nuke waited in vain")
        try:
            call, args, kwargs, answer = _calls.get(timeout=0.05)
        except queue.Empty:
            continue
        answer.put(call(*args, **kwargs))


class ProgressTask:
    def __init__(self, title):
        self.title, self.cancelled, self.progress = title, False, []
        bars.append(self)

    def setProgress(self, percent):
        if type(percent) is not int or not 0 <= percent <= 100:
            raise TypeError(f"progress is {percent!r}")
        self.progress.append(percent)

    def setMessage(self, text):
        if not isinstance(text, str):
            raise TypeError(f"message is {text!r}")

    def isCancelled(self):
        return self.cancelled


reset()
