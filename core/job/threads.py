"""How torch's threads wait for each other; standard library only, so that it comes before torch."""

from __future__ import annotations

import os


def share_cores() -> None:
    """Lets OpenMP's threads sleep while they wait, instead of spinning on a core.

    A solve is many small steps. On a machine whose cores are busy with other work, as a farm's are,
    threads that spin hold up those that they wait for: a frame of 0.1 s was seen to take 14 s. It
    has to be called before torch is imported, in every program; a user's own setting is kept.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
