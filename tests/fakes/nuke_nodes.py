"""Nodes and knobs of the stand-in for Nuke: what is not known is refused."""

import threading
from pathlib import Path

import nk_reader
from nuke_classes import VALUES, knobs_of

_DEFAULTS = {
    "disable": False, "raw": False, "premultiplied": False, "frame_mode": "expression", "frame": "",
    "colorspace": "default (scene_linear)", "tile_color": 0, "file": "", "label": "",
    "selected": False, "first": 1, "last": 1,
}  # fmt: skip
_TYPES = {1: str, 2: str, 3: int, 4: str, 6: bool, 7: float}
_seen = {}  # streams, until anything is changed
state = {"nodes": [], "context": [], "frame": 1001, "this": None, "knob": None}


def main_thread():
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
        main_thread()
        if isinstance(self._value, str) and self._value.startswith("{root."):
            return state["root"][self._value[6:-1]].value()
        return self._value

    def evaluate(self):
        return self.value()

    def isAnimated(self):
        main_thread()
        return self.animated

    def execute(self):
        main_thread()
        self.pressed += 1
        if self._name == "createCatFile":
            made = Path(self._node["torchScriptFile"].value()).read_bytes()
            Path(self._node["catFile"].value()).write_bytes(made)

    def setValue(self, value):
        main_thread()
        if type(value) is not self._kind:
            raise TypeError(f"{self._name} takes {self._kind.__name__}, not {value!r}")
        if self._menu is not None and value not in self._menu:
            raise ValueError(f"{self._name} has no item {value!r}")
        self._value = value
        _seen.clear()
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
        main_thread()
        return self.inputs.get(number)

    def setInput(self, number, node):
        main_thread()
        self.inputs[number] = node
        _seen.clear()
        self.changed(Knob(self, "inputChange", str, ""))

    def knob_or_new(self, name):
        if name not in self._knobs:
            if name not in knobs_of(self.kind):
                raise NameError(f"knob {name} does not exist")
            default = _DEFAULTS.get(name, "")
            menu = VALUES.get((self.kind, name))
            self._knobs[name] = Knob(self, name, type(default), default, menu)
        return self._knobs[name]

    def addKnob(self, knob):
        main_thread()
        knob._node = self
        self._knobs[knob.name()] = knob

    def knob(self, name):
        main_thread()
        return self._knobs.get(name)

    def _stream(self):
        import nuke
        from nk_pixels import stream_of

        main_thread()
        key = (id(self), state["frame"])
        if key not in _seen:
            _seen[key] = stream_of(self, state["frame"], nuke.filename)
        return _seen[key]

    def sample(self, channel, x, y):
        """The pixel there, y upwards; black beyond the picture and where there is no channel."""
        plane = self._stream().get(channel)
        if plane is None:
            return 0.0
        row, column = plane.shape[0] - 1 - int(y), int(x)
        return float(plane[row, column]) if column < plane.shape[1] else 0.0

    def _size(self):
        return next(iter(self._stream().values())).shape

    def width(self):
        return self._size()[1]

    def height(self):
        return self._size()[0]

    def __getitem__(self, name):
        main_thread()
        return self.knob_or_new(name)

    def __enter__(self):
        main_thread()
        state["context"].append(self)

    def __exit__(self, *_):
        state["context"].pop()

    def changed(self, knob):
        code = self._knobs.get("knobChanged")
        if code is not None and code._value:
            state["knob"] = knob
            executed(self, code._value)

    def press(self, name):
        """What a click on a button does."""
        words = self.user[name]
        executed(self, words[words.index("T") + 1])


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


def executed(node, code):
    before, state["this"] = state["this"], node
    try:
        import nuke

        exec(compile(code, "knob", "exec"), {"nuke": nuke})  # as Nuke runs its knobs
    finally:
        state["this"] = before


def built(read, parent):
    node = Node(read.kind, read.name, parent=parent)
    node.read = read
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
    made = {child: built(child, node) for child in read.children}
    for child, fake in made.items():
        fake.inputs = {i: made.get(source) for i, source in enumerate(child.inputs)}
    node.children = list(made.values())
    return node


def _typed(kind, text):
    if kind is bool:
        return text == "true"
    if text.startswith("{") or kind is str:
        return text
    return int(text, 0) if kind is int else kind(text)
