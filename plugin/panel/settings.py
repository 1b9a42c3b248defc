"""What an artist sets once: worker, cache, device, memory. Python 3.7, Qt."""

import threading
from typing import Any

from platekey.core.errors import OptionError, PlatekeyError
from platekey.plugin import preferences
from platekey.plugin.preferences import Preferences

from .host import Host
from .qt import QtCore, QtWidgets

_TILES = (0, 2048, 1024, 512)


class Settings(QtWidgets.QWidget):
    """The tab of the settings; each is kept as soon as it is changed."""

    _told = QtCore.Signal(str)

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        kept = preferences.load()
        self._python = QtWidgets.QLineEdit(kept.worker_python)
        self._cache = QtWidgets.QLineEdit(kept.cache_folder)
        self._limit = _number(kept.cache_gib, " GiB", "no limit", 1e5)
        self._device = QtWidgets.QComboBox()
        self._device.setEditable(True)
        self._device.addItems(["auto", "cpu", "cuda:0"])
        self._device.setEditText(kept.device)
        self._tile = QtWidgets.QComboBox()
        for side in _TILES:
            self._tile.addItem(f"tiles of {side}" if side else "all that is free", side)
        self._tile.setCurrentIndex(max(0, self._tile.findData(kept.tile)))
        self._idle = _number(kept.idle_minutes, " min", "never", 1e4)
        self._state = QtWidgets.QLabel("")
        self._state.setWordWrap(True)
        self._lay_out()
        for field in (self._python, self._cache):
            field.editingFinished.connect(self.keep)
        for spin in (self._limit, self._idle):
            spin.valueChanged.connect(lambda *_: self.keep())
        self._device.currentTextChanged.connect(lambda *_: self.keep())
        self._tile.currentIndexChanged.connect(lambda *_: self.keep())
        self._told.connect(self._state.setText)

    def keep(self) -> None:
        """Writes them to the artist's file."""
        try:
            preferences.save(
                Preferences(
                    worker_python=self._python.text().strip(),
                    cache_folder=self._cache.text().strip(),
                    cache_gib=self._limit.value(),
                    device=self._device.currentText().strip() or "auto",
                    tile=int(self._tile.currentData() or 0),
                    idle_minutes=self._idle.value(),
                )
            )
            self._state.setText("")
        except OptionError as error:
            self._state.setText(str(error))

    def _lay_out(self) -> None:
        form = QtWidgets.QFormLayout(self)
        automatic = "empty: the one that PLATEKEY_PYTHON names, or that platekey lies in"
        self._python.setPlaceholderText(automatic)
        self._cache.setPlaceholderText("empty: PLATEKEY_CACHE, or platekey_cache beside the script")
        form.addRow("Worker's Python", _with_button(self._python, "…", self._choose_python))
        form.addRow("Cache folder", _with_button(self._cache, "…", self._choose_cache))
        form.addRow("Cache holds at most", self._limit)
        self._limit.setToolTip(
            "Above it the results that were made longest ago are removed after a solve, but for "
            "those that this script shows."
        )
        form.addRow("Device", self._device)
        self._device.setToolTip("Where it is solved and tuned if a node says auto.")
        form.addRow("Memory", self._tile)
        self._tile.setToolTip("Smaller tiles take less memory and more time; no pixel changes.")
        form.addRow("End an idle worker after", self._idle)
        self._idle.setToolTip("For its memory, and that of the GPU; it starts again by itself.")
        free = QtWidgets.QPushButton("Release memory now")
        free.clicked.connect(lambda *_: self._ask(self._release))
        look = QtWidgets.QPushButton("Look at the worker")
        look.clicked.connect(lambda *_: self._ask(self._host.worker_state))
        row = QtWidgets.QHBoxLayout()
        row.addWidget(look)
        row.addWidget(free)
        row.addStretch(1)
        form.addRow("Worker", row)
        form.addRow("", self._state)

    def _release(self) -> str:
        self._host.release()
        return "The worker is ended; it starts again by itself."

    def _ask(self, question: Any) -> None:
        """Asks on a thread: a worker that is busy may take its time."""

        def ask() -> None:
            try:
                self._told.emit(question())
            except PlatekeyError as error:
                self._told.emit(str(error))

        threading.Thread(target=ask, daemon=True).start()

    def _choose_python(self) -> None:
        chosen, _ = QtWidgets.QFileDialog.getOpenFileName(self, "Python of platekey's environment")
        if chosen:
            self._python.setText(chosen)
            self.keep()

    def _choose_cache(self) -> None:
        chosen = QtWidgets.QFileDialog.getExistingDirectory(self, "Cache folder")
        if chosen:
            self._cache.setText(chosen)
            self.keep()


def _number(value: float, suffix: str, zero: str, most: float) -> Any:
    spin = QtWidgets.QDoubleSpinBox()
    spin.setRange(0.0, most)
    spin.setDecimals(1)
    spin.setSuffix(suffix)
    spin.setSpecialValueText(zero)
    spin.setKeyboardTracking(False)
    spin.setValue(value)
    return spin


def _with_button(field: Any, text: str, act: Any) -> Any:
    row = QtWidgets.QHBoxLayout()
    button = QtWidgets.QPushButton(text)
    button.setMaximumWidth(30)
    button.clicked.connect(lambda *_: act())
    row.addWidget(field)
    row.addWidget(button)
    return row
