"""A stand-in for Nuke's nukescripts: it notes the panels."""

import types

registered = []


def _register(widget, name, id, create=False):
    for text in (widget, name, id):
        if not isinstance(text, str):
            raise TypeError(f"{text!r} is no text")
    registered.append((widget, name, id))


panels = types.SimpleNamespace(registerWidgetAsPanel=_register)
