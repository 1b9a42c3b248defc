"""The jobs: a row each, and what there is to know of the one that is chosen. Python 3.7, Qt."""

from typing import Any, List, Optional

from .board import Job
from .curve import Curves
from .host import Host
from .picture import Sheet
from .qt import QtCore, QtWidgets

_COLUMNS = ("Job", "State", "Done", "Time left")
_PART = 1000  # steps of a progress bar


class JobsView(QtWidgets.QWidget):
    """The tab of the jobs; `refresh` is called a few times a second."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._rows: List[Job] = []
        self._table = self._made_table()
        self._message = QtWidgets.QLabel()
        self._message.setWordWrap(True)
        self._message.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self._sheet, self._curves = Sheet(), Curves()
        self._log = QtWidgets.QPlainTextEdit()
        self._log.setReadOnly(True)
        self._shown_log: List[str] = []
        self._details = QtWidgets.QTabWidget()
        for widget, title in (
            (self._sheet, "Contact sheet"),
            (self._curves, "Curve"),
            (self._log, "Log"),
        ):
            self._details.addTab(widget, title)
        split = QtWidgets.QSplitter(QtCore.Qt.Orientation.Vertical)
        split.addWidget(self._table)
        split.addWidget(self._details)
        split.setChildrenCollapsible(False)
        split.setSizes([170, 400])
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(split, 1)
        layout.addWidget(self._message)
        layout.addLayout(self._made_buttons())
        self.refresh()

    def refresh(self) -> None:
        """Shows the jobs as they are now."""
        jobs = self._host.board.jobs()
        if jobs != self._rows:
            self._set_rows(jobs)
        for row, job in enumerate(jobs):
            self._fill(row, job)
        self._show(self.chosen())

    def chosen(self) -> Optional[Job]:
        """The job whose row is chosen."""
        row = self._table.currentRow()
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def turn_to(self, name: str) -> None:
        """Shows that detail of the job: the contact sheet, the curve or the log."""
        for index in range(self._details.count()):
            if self._details.tabText(index) == name:
                self._details.setCurrentIndex(index)

    def _made_table(self) -> Any:
        table = QtWidgets.QTableWidget(0, len(_COLUMNS))
        table.setHorizontalHeaderLabels(_COLUMNS)
        table.verticalHeader().hide()
        behaviour = QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows
        table.setSelectionBehavior(behaviour)
        table.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        letters = table.fontMetrics()
        for column, widest in enumerate(("PlateKeyMatte1 (solve)  ", "cancelled  ", "")):
            header.resizeSection(column, letters.horizontalAdvance(widest or "x" * 11) + 8)
        table.currentCellChanged.connect(lambda *_: self._show(self.chosen()))
        table.cellDoubleClicked.connect(lambda row, _: self._host.go_to(self._rows[row].title))
        return table

    def _made_buttons(self) -> Any:
        layout = QtWidgets.QHBoxLayout()
        self._buttons = {}
        for name, tooltip, act in (
            ("Pause", "Stops it after its frame or step, to go on later.", Job.pause),
            ("Resume", "Goes on where it was stopped.", Job.resume),
            ("Cancel", "Stops it after its frame or step; what is done is kept.", Job.cancel),
        ):
            button = QtWidgets.QPushButton(name)
            button.setToolTip(tooltip)
            button.clicked.connect(lambda *_, act=act: self._act(act))
            layout.addWidget(button)
            self._buttons[name] = button
        clear = QtWidgets.QPushButton("Remove ended")
        clear.clicked.connect(lambda *_: self._remove())
        layout.addStretch(1)
        layout.addWidget(clear)
        return layout

    def _act(self, act: Any) -> None:
        job = self.chosen()
        if job is not None:
            act(job)
            self.refresh()

    def _remove(self) -> None:
        self._host.board.remove_ended()
        self.refresh()

    def _set_rows(self, jobs: List[Job]) -> None:
        before = self.chosen()
        row = next(
            (i for i, job in enumerate(jobs) if before is not None and job.title == before.title),
            len(jobs) - 1,
        )
        self._rows = jobs
        self._table.setRowCount(len(jobs))
        for number in range(len(jobs)):
            for column in range(len(_COLUMNS)):
                self._table.setItem(number, column, QtWidgets.QTableWidgetItem())
            bar = QtWidgets.QProgressBar()
            bar.setRange(0, _PART)
            self._table.setCellWidget(number, 2, bar)
        self._table.setCurrentCell(row, 0)

    def _fill(self, row: int, job: Job) -> None:
        texts = (f"{job.title} ({job.kind})", job.state, "", duration(job.seconds_left))
        for column, text in enumerate(texts):
            item = self._table.item(row, column)
            if item.text() != text:
                item.setText(text)
                item.setToolTip(text)
        self._table.cellWidget(row, 2).setValue(int(_PART * job.done))

    def _show(self, job: Optional[Job]) -> None:
        running = job is not None and job.is_running
        self._buttons["Pause"].setEnabled(running)
        self._buttons["Cancel"].setEnabled(running)
        self._buttons["Resume"].setEnabled(job is not None and job.can_resume)
        self._message.setText(job.message if job is not None else "Nothing was started yet.")
        self._sheet.show_file(job.sheet if job is not None else "")
        self._curves.show_curves(job.curves if job is not None else {})
        lines = job.log() if job is not None else []
        if lines != self._shown_log:
            self._shown_log = lines
            self._log.setPlainText("\n".join(lines))
            bar = self._log.verticalScrollBar()
            bar.setValue(bar.maximum())


def duration(seconds: Optional[float]) -> str:
    """As people say it: "40 s", "12 min", "7.5 h"; "" for what is not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
