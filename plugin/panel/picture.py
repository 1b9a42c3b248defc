"""A contact sheet that grows while a tune runs. Python 3.7, Qt."""

import os
from typing import Any, Tuple

from .qt import QtCore, QtGui, QtWidgets


class Sheet(QtWidgets.QLabel):
    """The picture, as wide as there is room; a double click opens the file."""

    def __init__(self) -> None:
        super().__init__()
        self._path = ""
        self._seen: Tuple[str, float] = ("", 0.0)
        self._picture = QtGui.QPixmap()
        self.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(120, 120)
        self.setWordWrap(True)
        self.show_file("")

    def show_file(self, path: str) -> None:
        """Shows that file, and again when it was written anew."""
        try:
            state = (path, os.path.getmtime(path))
        except OSError:
            state = ("", 0.0)
        if state == self._seen and (not self._picture.isNull() or not state[0]):
            if not state[0]:
                self.setText("A tune's contact sheet is shown here once it has one.")
            return
        self._path, self._seen = state[0], state
        picture = QtGui.QPixmap(path) if state[0] else QtGui.QPixmap()
        if state[0] and picture.isNull():  # being written: the next look finds it whole
            self._seen = ("", 0.0)
            return
        self._picture = picture
        self.setToolTip(f"{path}\nDouble-click to open it." if state[0] else "")
        self._fit()

    def resizeEvent(self, event: Any) -> None:
        """Fits the picture to the room."""
        super().resizeEvent(event)
        self._fit()

    def mouseDoubleClickEvent(self, event: Any) -> None:
        """Opens the file."""
        if self._path:
            QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(self._path))

    def _fit(self) -> None:
        if self._picture.isNull():
            self.setText("A tune's contact sheet is shown here once it has one.")
            return
        smooth = QtCore.Qt.TransformationMode.SmoothTransformation
        keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
        self.setPixmap(self._picture.scaled(self.size(), keep, smooth))
