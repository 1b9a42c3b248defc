"""Less and less memory: smaller tiles with a note, then a sentence with exit code 6."""

from collections import Counter

from disks import pictures
from finding import Finding
from tiny import TinyShot

_SIZE = (1600, 1200)
_LIMITS = (2048, 1536, 1280, 1152, 1024, 896, 768, 640, 512, 256, 128, 32)  # MiB


def measure(folder, launcher, *, limits=_LIMITS, size=_SIZE):
    """Solves one frame with so much address space beside what the libraries take."""
    shot = TinyShot(folder / "shot", width=size[0], height=size[1], count=1)
    finding, seen = Finding("too little memory, RLIMIT_AS"), Counter()
    for limit in limits:
        out = folder / str(limit)
        outcome = launcher.run(shot.solve(out), address_space=limit << 20)
        tiles = [e["message"] for e in outcome.of_type("warning") if "memory" in e["message"]]
        kind = "smaller tiles, told" if tiles else "as ever"
        if outcome.code == 6:
            kind = "exit code 6 and a sentence"
            if not all("memory" in sentence for sentence in outcome.sentences()):
                finding.faults.append(f"{limit} MiB: {outcome.sentences()}")
        elif outcome.code:
            said = "; ".join(outcome.sentences())[:200]
            finding.faults.append(f"{limit} MiB: ended with {outcome.code}: {said}")
            kind = "a fault"
        there = pictures(out) if out.exists() else {}
        if len(there) != (outcome.code == 0):
            finding.faults.append(f"{limit} MiB: files are {sorted(there)}")
        seen[kind] += 1
        finding.tried += 1
    told = ", ".join(f"{count} {kind}" for kind, count in seen.items())
    finding.figures = f"{size[0]}x{size[1]}, MiB from {max(limits)} to {min(limits)}: {told}"
    return [finding]
