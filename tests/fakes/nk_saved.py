"""What Nuke writes when a script is saved or a node is copied: the knobs as they are now.

Quoted by hand, not by the writer that is tested.
"""


def saved(node):
    """The script of a group that came from a script, with its present values."""
    lines, is_open = [], True
    for line in node.text.splitlines():
        is_open = is_open and line != "}"
        name = line.strip().split(" ")[0]
        knob = node._knobs.get(name) if is_open and line.startswith(" ") else None
        is_formula = knob is not None and isinstance(knob._value, str) and knob._value[:1] == "{"
        if knob is not None and not is_formula and name != "knobChanged":
            line = f" {name} {_quoted(knob._value)}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _quoted(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    for letter in '\\"$[]{}':
        value = value.replace(letter, "\\" + letter)
    return '"' + value.replace("\n", "\\n") + '"'
