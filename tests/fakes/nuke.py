"""A stand-in for Nuke's Python module, stricter than Nuke: what is not known is refused.

It knows the classes and knobs of nuke_classes.py, and the functions that platekey calls. Every call
has to come from the main thread, but for those that exist for other threads. `pump` is Nuke's event
loop. A render copies the files of the Read that a Write leads to.
"""

import queue
import shutil
import threading
import time
from pathlib import Path

import nk_reader
from nuke_classes import VALUES, knobs_of

GUI = True
EXE_PATH = "Nuke"
_DEFAULTS = {
    "disable": False, "raw": False, "premultiplied": False, "frame_mode": "expression", "frame": "",
    "colorspace": "default (scene_linear)", "tile_color": 0, "file": "", "label": "",
}  # fmt: skip
_TYPES = {1: str, 2: str, 3: int, 4: str, 6: bool, 7: float}
_calls = queue.Queue()
_state = {"nodes": [], "context": [], "frame": 1001, "this": None, "knob": None}
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


def _main():
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Nuke was called from another thread than its main thread")


class Knob:
    def __init__(self, node, name, kind, value, menu=None):
        self._node, self._name, self._kind, self._menu = node, name, kind, menu
        self._value = value
        self.animated = False
        self.pressed = 0

    def name(self):
        return self._name

    def value(self):
        _main()
        if isinstance(self._value, str) and self._value.startswith("{root."):
            return _state["root"][self._value[6:-1]].value()
        return self._value

    def evaluate(self):
        return self.value()

    def isAnimated(self):
        _main()
        return self.animated

    def execute(self):
        _main()
        self.pressed += 1

    def setValue(self, value):
        _main()
        if type(value) is not self._kind:
            raise TypeError(f"{self._name} takes {self._kind.__name__}, not {value!r}")
        if self._menu is not None and value not in self._menu:
            raise ValueError(f"{self._name} has no item {value!r}")
        self._value = value
        if self._node is not None:
            self._node.changed(self)


class Node:
    def __init__(self, kind, name, knobs=None, parent=None):
        knobs_of(kind)  # KeyError: an unknown class
        self.kind, self.parent, self.inputs = kind, parent, {}
        self.children, self.user, self._knobs = [], {}, {}
        self._knobs["name"] = Knob(None, "name", str, name)
        for key, value in (knobs or {}).items():
            self[key].setValue(value)

    def Class(self):
        return self.kind

    def name(self):
        return self["name"].value()

    def fullName(self):
        return self.name() if self.parent is None else f"{self.parent.fullName()}.{self.name()}"

    def input(self, number):
        _main()
        return self.inputs.get(number)

    def setInput(self, number, node):
        _main()
        self.inputs[number] = node
        self.changed(Knob(self, "inputChange", str, ""))

    def knob_or_new(self, name):
        if name not in self._knobs:
            if name not in knobs_of(self.kind):
                raise NameError(f"knob {name} does not exist")
            default = _DEFAULTS.get(name, "")
            menu = VALUES.get((self.kind, name))
            self._knobs[name] = Knob(self, name, type(default), default, menu)
        return self._knobs[name]

    def __getitem__(self, name):
        _main()
        return self.knob_or_new(name)

    def __enter__(self):
        _main()
        _state["context"].append(self)

    def __exit__(self, *_):
        _state["context"].pop()

    def changed(self, knob):
        code = self._knobs.get("knobChanged")
        if code is not None and code._value:
            _state["knob"] = knob
            _executed(self, code._value)

    def press(self, name):
        """What a click on a button does."""
        words = self.user[name]
        _executed(self, words[words.index("T") + 1])


class Root(Node):
    def __init__(self):
        super().__init__("Group", "root")
        for name, value in (
            ("first_frame", 1001),
            ("last_frame", 1003),
            ("colorManagement", "Nuke"),
            ("workingSpaceLUT", "linear"),
        ):
            self._knobs[name] = Knob(None, name, type(value), value)


def _executed(node, code):
    before, _state["this"] = _state["this"], node
    try:
        import nuke

        exec(compile(code, "knob", "exec"), {"nuke": nuke})  # as Nuke runs its knobs
    finally:
        _state["this"] = before


def root():
    _main()
    return _state["root"]


def frame():
    _main()
    return _state["frame"]


def thisNode():
    _main()
    return _state["this"]


def thisKnob():
    _main()
    return _state["knob"]


def message(text):
    _main()
    messages.append(text)


def toNode(name):
    _main()
    nodes = _state["context"][-1].children if _state["context"] else _state["nodes"]
    return next((node for node in nodes if node.name() == name), None)


def createNode(kind, **knobs):
    _main()
    names = {node.name() for node in _state["nodes"]}
    number = next(i for i in range(1, 1000) if f"{kind}{i}" not in names)
    node = Node(kind, f"{kind}{number}", knobs)
    _state["nodes"].append(node)
    return node


def delete(node):
    _main()
    _state["nodes"].remove(node)


def nodePaste(path):
    """Adds the nodes of a script file; a name that is taken gets the next number."""
    _main()
    nodes, _ = nk_reader.read(Path(path).read_text(encoding="utf-8"))
    taken = {node.name() for node in _state["nodes"]}
    for read in nodes:
        node = _built(read, None)
        base = read.name.rstrip("0123456789")
        if read.name in taken or read.name == base:
            number = next(i for i in range(1, 1000) if f"{base}{i}" not in taken)
            node["name"].setValue(f"{base}{number}")
        _state["nodes"].append(node)
    return node


def _built(read, parent):
    node = Node(read.kind, read.name, parent=parent)
    for name, words in read.user.items():
        kind = _TYPES.get(int(words[0]))
        menu = None
        if "M" in words:
            menu = [item[0] for item in nk_reader.commands(words[words.index("M") + 1])[0]]
        node.user[name] = words
        if kind is not None:
            node._knobs[name] = Knob(node, name, kind, menu[0] if menu else kind(), menu)
    for name, text in read.knobs.items():
        knob = node.knob_or_new(name)
        knob._value = _typed(knob._kind, text)
    built = {child: _built(child, node) for child in read.children}
    for child, fake in built.items():
        fake.inputs = {i: built.get(source) for i, source in enumerate(child.inputs)}
    node.children = list(built.values())
    return node


def _typed(kind, text):
    if kind is bool:
        return text == "true"
    if text.startswith("{") or kind is str:
        return text
    return int(text, 0) if kind is int else kind(text)


def execute(node, first, last, step):
    """Renders a Write inside of a group: copies what the Read behind it reads."""
    _main()
    if node.Class() != "Write":
        raise RuntimeError(f"{node.name()} cannot be executed")
    executed.append((node.name(), first, last))
    number = int(node.inputs[0].knob_or_new("number")._value or 0)
    source = node.parent.input(number)
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
