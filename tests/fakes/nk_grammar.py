"""What a script has to keep so that Nuke loads it, checked on what the reader read."""

import re

from nuke_classes import CLASSES, FLAGS, USER_TYPES, VALUES, knobs_of

_PARENT = re.compile(r"parent\.(?!input\d)(\w+)")
_CODE = ("knobChanged", "onCreate")


def check(node, parent=None):
    """Asserts that classes, knobs, values, references and Python of a node are as Nuke has them."""
    assert node.kind in CLASSES, node.kind
    known = knobs_of(node.kind) | set(node.user)
    for name, value in node.knobs.items():
        assert name in known, f"{node.kind} has no knob {name}"
        allowed = VALUES.get((node.kind, name))
        assert allowed is None or value in allowed, f"{node.kind}.{name} takes no {value!r}"
        for reference in _PARENT.findall(value):
            assert reference in parent.user, f"{node.name}.{name} asks for {reference}"
    for words in node.user.values():
        check_user_knob(words)
    for name in _CODE:
        compile(node.knobs.get(name, ""), name, "exec")
    names = [child.name for child in node.children]
    assert len(names) == len(set(names))
    for child in node.children:
        check(child, node)
    if node.kind == "Group":
        assert [child.kind for child in node.children].count("Output") == 1
        taken = {id(source) for child in node.children for source in child.inputs}
        ends = {child.kind for child in node.children if id(child) not in taken}
        assert ends <= {"Output", "Write", "Input"}  # all other nodes lead somewhere


def check_user_knob(words):
    number, name, rest = int(words[0]), words[1], words[2:]
    assert number in USER_TYPES
    assert name.isidentifier()
    while rest:
        if rest[0] in FLAGS:
            rest = rest[1:]
            continue
        if rest[0] == "R":
            assert float(rest[1]) < float(rest[2])
            rest = rest[3:]
            continue
        assert rest[0] in ("l", "t", "M", "T"), words
        if rest[0] == "T" and number == 22:
            compile(rest[1], name, "exec")
        rest = rest[2:]
