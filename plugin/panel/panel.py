"""The panel: jobs, settings, doctor. Nothing needs it: all is reached from the nodes too."""

from .doctor import Doctor
from .host import Host
from .jobs_view import JobsView
from .qt import QtCore, QtWidgets
from .settings import Settings

_EVERY = 400  # milliseconds between two looks at the jobs


class Panel(QtWidgets.QWidget):
    """To be docked, or shown on its own."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.setWindowTitle("PlateKey")
        self.jobs, self.settings, self.doctor = JobsView(host), Settings(host), Doctor(host)
        self._tabs = QtWidgets.QTabWidget()
        self._tabs.addTab(self.jobs, "Jobs")
        self._tabs.addTab(self.settings, "Settings")
        self._tabs.addTab(self.doctor, "Doctor")
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._tabs)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(_EVERY)

    def refresh(self) -> None:
        """Shows what is so now, of the tab that is seen."""
        if not self.isVisible():
            return
        current = self._tabs.currentWidget()
        if current in (self.jobs, self.doctor):
            current.refresh()

    def turn_to(self, name: str) -> None:
        """Shows the tab of that title."""
        for index in range(self._tabs.count()):
            if self._tabs.tabText(index) == name:
                self._tabs.setCurrentIndex(index)
