"""Loss and held-out score of a tune over its steps. Python 3.7, Qt."""

import math
from typing import Any, Dict, List, Sequence, Tuple

from .qt import QtCore, QtGui, QtWidgets

_TITLES = {"score": "score of held-out frames, start = 1", "loss": "loss, logarithmic"}
_COLOURS = {"score": "#8fc37d", "loss": "#d9a441"}


class Curves(QtWidgets.QWidget):
    """Two plots, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._curves: Dict[str, List[Tuple[int, float]]] = {}
        self.setMinimumHeight(120)

    def show_curves(self, curves: Dict[str, List[Tuple[int, float]]]) -> None:
        """Takes points of step and value, by name."""
        taken = {name: curves.get(name, []) for name in _TITLES}
        if taken != self._curves:
            self._curves = taken
            self.update()

    def paintEvent(self, event: Any) -> None:
        """Draws them."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.palette().base())
        height = self.height() / len(_TITLES)
        for row, name in enumerate(_TITLES):
            place = QtCore.QRectF(0, row * height, self.width(), height)
            self._plot(painter, place, name)
        painter.end()

    def _plot(self, painter: Any, place: Any, name: str) -> None:
        text = self.palette().text().color()
        painter.setPen(text)
        points = [(step, value) for step, value in self._curves.get(name, []) if value > 0]
        title = _TITLES[name] if points else f"{_TITLES[name]}: nothing yet"
        painter.drawText(
            QtCore.QPointF(place.left() + 8, place.top() + 1.2 * self.fontMetrics().height()), title
        )
        if not points:
            return
        values = [value for _, value in points] + ([1.0] if name == "score" else [])
        low, high = _bounds(values, is_log=name == "loss")
        last = max(step for step, _ in points) or 1
        letters = self.fontMetrics()
        line = letters.height()
        left = letters.horizontalAdvance("0.00000") + 8  # of the numbers
        inside = place.adjusted(left, 1.6 * line, -12, -1.3 * line)

        def at(step: float, value: float) -> Any:
            part = (_scaled(value, name) - _scaled(low, name)) / (
                _scaled(high, name) - _scaled(low, name)
            )
            x = inside.left() + inside.width() * step / last
            return QtCore.QPointF(x, inside.bottom() - inside.height() * part)

        faint = QtGui.QColor(text)
        faint.setAlpha(70)
        painter.setPen(faint)
        painter.drawRect(inside)
        if name == "score":
            painter.drawLine(at(0, 1.0), at(last, 1.0))
        painter.setPen(text)
        for value in (low, high):
            y = at(0, value).y() + (10 if value == high else 0)
            painter.drawText(QtCore.QPointF(place.left() + 6, y), f"{value:.3g}")
        end = f"step {last}"
        right = inside.right() - letters.horizontalAdvance(end)
        painter.drawText(QtCore.QPointF(right, place.bottom() - 5), end)
        painter.setPen(QtGui.QPen(QtGui.QColor(_COLOURS[name]), 2.0))
        dots = [at(step, value) for step, value in points]
        for one, other in zip(dots, dots[1:]):
            painter.drawLine(one, other)
        for dot in dots if len(dots) < 60 else dots[-1:]:
            painter.drawEllipse(dot, 2.5, 2.5)


def _scaled(value: float, name: str) -> float:
    return math.log(value) if name == "loss" else value


def _bounds(values: Sequence[float], *, is_log: bool) -> Tuple[float, float]:
    """Of the axis: a little more than the values, never of no height."""
    low, high = min(values), max(values)
    if is_log:
        return low / 1.1, high * 1.1
    room = 0.08 * (high - low) or 0.1
    return low - room, high + room
