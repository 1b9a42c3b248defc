"""What a trial came to: a row of the table, and whatever went against the promise."""

from dataclasses import asdict, dataclass, field


@dataclass
class Finding:
    """A row.

    Attributes:
        what: the trial.
        tried: how many times.
        figures: what was seen, in words.
        faults: what went against the promise, a sentence each; none is what is hoped for.
        skipped: why it could not be tried here, "" if it was.
    """

    what: str
    tried: int = 0
    figures: str = ""
    faults: list = field(default_factory=list)
    skipped: str = ""

    def to_json(self):
        return asdict(self)
