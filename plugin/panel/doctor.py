"""What is well and what is not: the host, and `platekey doctor` in the worker's environment."""

import html
import json
import queue
from typing import Any, Dict, Optional

from platekey.core.errors import PlatekeyError
from platekey.plugin.line_process import LineProcess

from .host import Host
from .qt import QtWidgets

_COLOURS = {"ok": "#8fc37d", "warn": "#d9a441", "fail": "#d9534f"}


class Doctor(QtWidgets.QWidget):
    """The tab of the doctor; `refresh` takes what it has found since."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._news: queue.SimpleQueue[Dict[str, str]] = queue.SimpleQueue()
        self._process: Optional[LineProcess] = None
        self._list = QtWidgets.QPlainTextEdit()
        self._list.setReadOnly(True)
        self._start = QtWidgets.QPushButton("Look")
        self._start.setToolTip("Takes half a minute; a small frame is solved too.")
        self._start.clicked.connect(lambda *_: self.look())
        copy = QtWidgets.QPushButton("Copy")
        copy.setToolTip("Puts what was found on the clipboard, to send it.")
        copy.clicked.connect(lambda *_: QtWidgets.QApplication.clipboard().setText(self.text()))
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._start)
        row.addWidget(copy)
        row.addStretch(1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self._list, 1)
        layout.addLayout(row)

    def look(self) -> None:
        """Begins to look."""
        self._list.clear()
        for subject, text in self._host.facts():
            self._add({"verdict": "ok", "subject": subject, "text": text})
        try:
            command = [self._host.worker_python(), "-I", "-m", "platekey.plugin.shell"]
            self._process = LineProcess(
                [*command, "doctor", "--json"], on_line=self._line, on_end=self._ended, log=None
            )
        except PlatekeyError as error:
            self._add({"verdict": "fail", "subject": "worker", "text": str(error)})
            return
        self._start.setEnabled(False)

    def refresh(self) -> None:
        """Shows what has come."""
        while not self._news.empty():
            finding = self._news.get()
            if "ended" in finding:
                self._start.setEnabled(True)
            else:
                self._add(finding)

    def text(self) -> str:
        """All of it, a line each."""
        return str(self._list.toPlainText())

    def _line(self, line: str) -> None:  # on a thread
        try:
            finding = json.loads(line)
        except ValueError:
            finding = {"verdict": "warn", "subject": "worker", "text": line}
        if isinstance(finding, dict):
            self._news.put(finding)

    def _ended(self, code: int, last_lines: str) -> None:  # on a thread
        if code not in (0, 1, 6):
            self._news.put({"verdict": "fail", "subject": "worker", "text": last_lines})
        self._news.put({"ended": str(code)})

    def _add(self, finding: Dict[str, Any]) -> None:
        verdict, subject, text, remedy = (
            html.escape(str(finding.get(name, "")))
            for name in ("verdict", "subject", "text", "remedy")
        )
        colour = _COLOURS.get(verdict, "gray")
        line = f'<span style="color:{colour}">{verdict}</span>&nbsp;&nbsp;<b>{subject}</b>: {text}'
        self._list.appendHtml(line + (f"<br>&nbsp;&nbsp;<i>{remedy}</i>" if remedy else ""))
