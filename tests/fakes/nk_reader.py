"""Reads Nuke's script text, more strictly than Nuke: what is odd is refused."""

from dataclasses import dataclass, field

_NEWLINE = {"n": "\n", "t": "\t"}


@dataclass(eq=False, repr=False)  # a graph's repr would grow beyond all bounds
class ReadNode:
    kind: str
    inputs: list
    knobs: dict = field(default_factory=dict)  # name to text, braces taken off
    user: dict = field(default_factory=dict)  # name to the words of addUserKnob
    children: list = field(default_factory=list)

    @property
    def name(self):
        return self.knobs["name"]


def commands(text):
    """The commands of a Tcl script, each a list of (text, in braces?)."""
    found, words, at = [], [], 0
    while at < len(text):
        letter = text[at]
        if letter == "\n":
            if words:
                found.append(words)
            words, at = [], at + 1
        elif letter in " \t":
            at += 1
        elif letter == "{":
            end = _closing(text, at)
            words.append((text[at + 1 : end], True))
            at = _after(text, end)
        elif letter == '"':
            content, end = _unescaped(text, at + 1, '"')
            if end >= len(text):
                raise ValueError(f"a quote is never closed: {text[at : at + 60]!r}")
            words.append((content, False))
            at = _after(text, end)
        elif letter == "[":
            end = text.index("]", at)
            words.append((text[at : end + 1], False))
            at = _after(text, end)
        else:
            content, at = _unescaped(text, at, " \t\n")
            if "{" in content or "}" in content:
                raise ValueError(f"a brace in a bare word: {content!r}")
            words.append((content, False))
    return [*found, words] if words else found


def read(text):
    """The nodes at the top of a script, and what its stack holds at the end.

    Raises:
        ValueError: braces, stack, variables or groups do not work out.
    """
    groups = [([], [])]  # nodes and stack of every open group
    variables = {"0": None}
    for words in commands(text):
        nodes, stack = groups[-1]
        first = words[0][0]
        if first in ("version", "add_layer"):
            continue
        if first == "set":
            if not stack and words[1][0] != "cut_paste_input":
                raise ValueError(f"set {words[1][0]} on an empty stack")
            variables["$" + words[1][0]] = stack[-1] if stack else None
        elif first == "push":
            if words[1][0] not in variables:
                raise ValueError(f"can't read {words[1][0]}: no such variable")
            stack.append(variables[words[1][0]])
        elif first == "end_group":
            if len(groups) == 1:
                raise ValueError("end_group without a group")
            if [node for node in stack if node is None]:
                raise ValueError("a group leaves an unconnected push on its stack")
            groups.pop()
        else:
            if len(words) != 2 or not words[1][1]:
                raise ValueError(f"no node: {words!r}")
            node = _node(first, words[1][0], stack)
            nodes.append(node)
            stack.append(node)
            if first == "Group":
                groups.append((node.children, []))
    if len(groups) != 1:
        raise ValueError("a group is not closed by end_group")
    return groups[0]


def _node(kind, body, stack):
    lines = commands(body)
    spec = [line[1][0] for line in lines if line[0][0] == "inputs"] or ["1"]
    count = sum(int(part) for part in spec[0].split("+"))
    if len(stack) < count:
        raise ValueError(f"{kind} takes {count} inputs, the stack holds {len(stack)}")
    node = ReadNode(kind, [stack.pop() for _ in range(count)])
    for line in lines:
        if len(line) != 2:
            raise ValueError(f"{kind}: a knob is a name and one word, not {line!r}")
        name, value = line[0][0], line[1][0]
        if name == "addUserKnob":
            words = [item[0] for item in commands(value)[0]]
            if words[1] in node.user:
                raise ValueError(f"{kind}: user knob {words[1]} twice")
            node.user[words[1]] = words
        elif name in node.knobs:
            raise ValueError(f"{kind}: knob {name} twice")
        elif name != "inputs":
            node.knobs[name] = value
    return node


def _closing(text, at):
    depth = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    raise ValueError(f"a brace is never closed: {text[:60]!r}")


def _after(text, end):
    if text[end + 1 : end + 2] not in ("", " ", "\t", "\n"):
        raise ValueError(f"letters behind the end of a word: {text[end : end + 30]!r}")
    return end + 1


def _unescaped(text, at, stops):
    letters = []
    while at < len(text) and text[at] not in stops:
        if text[at] in "$[" and stops == '"':
            raise ValueError(f"Tcl would evaluate {text[at : at + 30]!r}; escape it")
        if text[at] == "\\":
            at += 1
            letters.append(_NEWLINE.get(text[at], text[at]))
        else:
            letters.append(text[at])
        at += 1
    return "".join(letters), at
