"""The network of a job: read once, and kept for the next job that names the same weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from platekey.core.errors import OptionError, WeightsError
from platekey.core.network.model import MattingNetwork, fold_normalisation
from platekey.core.network.options import ARCHITECTURE
from platekey.core.network.shipped import SHIPPED
from platekey.core.network.weights import digest_of, load_weights
from platekey.core.options import MatteOptions, Method

_KEPT = 2  # networks: an artist compares two, and each takes some ten megabytes


@dataclass(frozen=True)
class LoadedNetwork:
    """A network that is ready to solve.

    Attributes:
        network: in evaluation mode, on its device.
        name: of the file, without folder.
        digest: SHA-256 of the file.
        version: of the architecture that the weights are made for.
    """

    network: MattingNetwork
    name: str
    digest: str
    version: str


_kept: dict[tuple[str, torch.device], MattingNetwork] = {}  # by the file's digest, oldest first


def network_of(options: MatteOptions, device: torch.device) -> LoadedNetwork | None:
    """The network that the options name, else the shipped one; None for a method without.

    It is known by the file's content: a file that was replaced is read anew, a copy is not.

    Raises:
        OptionError: none are named, and none ship.
        MissingFrame: there is no such file.
        WeightsError: it is damaged, of another network, or changes while it is read.
    """
    if options.method is not Method.NETWORK:
        return None
    path = Path(options.weights) if options.weights.strip() else SHIPPED
    if path == SHIPPED and not path.exists():
        raise OptionError(
            "method is network, but no weights are named and none ship with this version; "
            "name a file that platekey train or tune wrote with weights, or use difference."
        )
    digest = digest_of(path)
    network = _kept.pop((digest, device), None)
    if network is None:
        network = load_weights(path)[0]
        if digest_of(path) != digest:
            raise WeightsError(f"{path} changed while it was read; wait for its end, and repeat.")
        fold_normalisation(network)
        network.requires_grad_(False).to(device)
    _kept[digest, device] = network
    while len(_kept) > _KEPT:
        del _kept[next(iter(_kept))]
    return LoadedNetwork(network, path.name, digest, ARCHITECTURE)
