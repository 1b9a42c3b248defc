"""Qt in whichever binding the host has: PySide6 (Nuke 16 and later), else PySide2. Python 3.7."""

try:
    from PySide6 import QtCore, QtGui, QtWidgets
except ImportError:
    from PySide2 import QtCore, QtGui, QtWidgets  # type: ignore[no-redef]

__all__ = ["QtCore", "QtGui", "QtWidgets"]
