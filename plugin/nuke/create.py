"""The nodes' script files: where they are, how they get into a script, and how they are made.

`python -m platekey.plugin.nuke.create` writes the files anew. Python 3.7, standard library.
"""

import os

from .comp import NAME as COMP_NAME
from .comp import comp_script
from .inference import NAME as INFERENCE_NAME
from .inference import inference_script
from .matte import NAME as MATTE_NAME
from .matte import matte_script
from .tune import NAME as TUNE_NAME
from .tune import tune_script

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "nodes")
SCRIPTS = {
    MATTE_NAME: matte_script,
    TUNE_NAME: tune_script,
    COMP_NAME: comp_script,
    INFERENCE_NAME: inference_script,
}


def add_menu() -> None:
    """Puts the nodes into the Nodes toolbar, and so into the Tab menu."""
    import nuke

    menu = nuke.toolbar("Nodes").addMenu("PlateKey")
    for name in SCRIPTS:
        code = f"from platekey.plugin.nuke import create; create.paste({name!r})"
        menu.addCommand(name, code)


def add_panel() -> None:
    """Puts the panel into the menu of panes; says in the terminal what keeps it from that."""
    import nuke

    try:
        from . import dock

        dock.register()
    except ImportError as error:  # no Qt for this Python: the nodes work without the panel
        nuke.tprint(f"platekey's panel is left out: {error}")


def paste(name: str) -> None:
    """Adds a node to the script, connected to what is selected."""
    import nuke

    nuke.nodePaste(path_of(name))


def path_of(name: str) -> str:
    """The node's file, with the slashes that Nuke takes everywhere."""
    return os.path.join(FOLDER, name + ".nk").replace("\\", "/")


def main() -> None:
    """Writes the files."""
    for name, script in SCRIPTS.items():
        with open(path_of(name), "w", encoding="utf-8", newline="\n") as file:
            file.write(script())


if __name__ == "__main__":
    main()
