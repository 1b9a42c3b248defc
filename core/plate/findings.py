"""What a check found: figures, verdicts, and what to do about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a finding bears on the matte."""

    GOOD = "good"
    USABLE = "usable"
    BAD = "bad"

    @property
    def badness(self) -> int:
        """0, 1, 2."""
        return list(Verdict).index(self)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what, in a word or two.
        verdict: see Verdict.
        figure: how much, in `unit`.
        unit: of the figure.
        sentence: what was found, in plain words.
        remedy: what to do about it; "" where nothing needs doing.
    """

    name: str
    verdict: Verdict
    figure: float
    unit: str
    sentence: str
    remedy: str = ""


def overall(findings: Sequence[Finding]) -> tuple[Verdict, str]:
    """The verdict on the pair and its sentence."""
    worst = max((finding.verdict for finding in findings), key=lambda verdict: verdict.badness)
    names = ", ".join(f.name for f in findings if f.verdict is worst)
    if worst is Verdict.GOOD:
        return worst, "This pair will key."
    if worst is Verdict.USABLE:
        return worst, f"This pair will key, but could be better: see {names}."
    return worst, f"This pair will not key well: see {names}."


def graded(figure: float, good: float, usable: float) -> Verdict:
    """GOOD up to `good`, USABLE up to `usable`."""
    if figure <= good:
        return Verdict.GOOD
    return Verdict.USABLE if figure <= usable else Verdict.BAD


def judged(
    name: str, verdict: Verdict, figure: float, unit: str, sentence: str, remedy: str
) -> Finding:
    """A finding, with its remedy only where something needs doing."""
    needed = remedy if verdict is not Verdict.GOOD else ""
    return Finding(name, verdict, round(figure, 3), unit, sentence, needed)
