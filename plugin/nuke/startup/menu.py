"""Run by Nuke when its interface starts: platekey's nodes in the toolbar and the Tab menu."""

import nuke

try:
    from platekey.plugin.nuke.create import add_menu
except ImportError as error:  # a broken plug-in must not stop Nuke
    nuke.tprint(f"platekey is left out: {error}")
else:
    add_menu()
