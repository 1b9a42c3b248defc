"""Run by Nuke when its interface starts: platekey's nodes in the toolbar, and its panel."""

import nuke

try:
    from platekey.plugin.nuke.create import add_menu, add_panel
except ImportError as error:  # a broken plug-in must not stop Nuke
    nuke.tprint(f"platekey is left out: {error}")
else:
    add_menu()
    add_panel()
