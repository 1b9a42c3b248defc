"""Where a tune starts from: named weights, those that ship, or a new network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch

from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import ARCHITECTURE
from platekey.core.network.shipped import SHIPPED
from platekey.core.network.weights import digest_of, load_weights

NEW = "a new network"  # in place of a file's name


@dataclass(frozen=True)
class Start:
    """The network that a tune starts from.

    Attributes:
        network: in evaluation mode, on the CPU; not to be trained itself.
        name: of the file, without folder; NEW for none.
        digest: what tells it from others.
        parent: name of the weights that it came from itself, "" for none.
    """

    network: MattingNetwork
    name: str
    digest: str
    parent: str = ""


def start_of(weights: str, seed: int) -> Start:
    """The network to start from.

    Args:
        weights: file; "" for the shipped one. If none ships it is a new network, which says what
            the difference method says.
        seed: of a new network.

    Raises:
        MissingFrame: there is no such file.
        WeightsError: it is damaged, or of another network.
    """
    path = Path(weights) if weights.strip() else SHIPPED
    if path == SHIPPED and not path.exists():
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = MattingNetwork().eval()
        name = f"{NEW} {ARCHITECTURE} {seed}"
        return Start(network.requires_grad_(False), NEW, hashlib.sha256(name.encode()).hexdigest())
    network, lineage = load_weights(path)
    return Start(network.requires_grad_(False), path.name, digest_of(path), lineage.parent)
