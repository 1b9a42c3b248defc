"""Weights files: safetensors whose header tells what they are. Never pickle, which runs code."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from platekey.core.errors import MissingFrame, OptionError, OutputError, WeightsError
from platekey.core.frames.atomic import whole_file

from .model import MattingNetwork
from .options import ARCHITECTURE, ENCODING, NetworkOptions

LARGEST = 25 << 20  # bytes
_HEADER = 1 << 20  # bytes that a header may have
_KINDS = {torch.float32, torch.int64}


@dataclass(frozen=True)
class Lineage:
    """Where weights come from.

    Attributes:
        recipe: how they were trained: options, steps, data; plain values.
        scores: what they reached, by name.
        parent: name of the weights that the training started from, "" for none.
    """

    recipe: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    parent: str = ""


def save_weights(path: Path, network: MattingNetwork, lineage: Lineage) -> None:
    """Writes weights, whole or not at all.

    Args:
        path: file, NAME.safetensors.
        network: as it is; its normalisation not folded.
        lineage: for the header.

    Raises:
        OutputError: larger than LARGEST, or it cannot be written.
    """
    tensors = {
        name: each.detach().cpu().contiguous() for name, each in network.state_dict().items()
    }
    header = {
        "architecture": ARCHITECTURE,
        "encoding": ENCODING,
        "options": json.dumps(network.options.to_json(), sort_keys=True),
        "recipe": json.dumps(lineage.recipe, sort_keys=True),
        "scores": json.dumps(lineage.scores, sort_keys=True),
        "parent": lineage.parent,
    }
    size = sum(each.numel() * each.element_size() for each in tensors.values())
    if size > LARGEST:
        raise OutputError(
            f"{path} would take {size} bytes, more than {LARGEST}; make the network narrower."
        )
    write_tensors(path, tensors, header)


def load_weights(path: Path) -> tuple[MattingNetwork, Lineage]:
    """Reads weights: the network, in evaluation mode, and where it comes from.

    Raises:
        MissingFrame: there is no such file.
        WeightsError: it is damaged, too large, or of another network.
    """
    tensors, header = read_tensors(path, largest=LARGEST + _HEADER)
    for name, ours in (("architecture", ARCHITECTURE), ("encoding", ENCODING)):
        if header.get(name) != ours:
            raise WeightsError(
                f"{path} has {name} {header.get(name)!r}, but this platekey reads {ours!r}; "
                "use weights that were made for it."
            )
    try:
        options = NetworkOptions.from_json(json.loads(header["options"]))
        lineage = Lineage(
            json.loads(header["recipe"]), json.loads(header["scores"]), header["parent"]
        )
        with torch.device("meta"):  # a header may ask for any size: look before memory is taken
            wanted = MattingNetwork(options).state_dict()
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OptionError) as error:
        raise WeightsError(f"{path}: its header cannot be understood; copy it again.") from error
    if {n: t.shape for n, t in tensors.items()} != {n: t.shape for n, t in wanted.items()}:
        raise WeightsError(f"{path} does not hold the tensors its header says; copy it again.")
    if not all(bool(torch.isfinite(each).all()) for each in tensors.values()):
        raise WeightsError(f"{path} holds NaN or infinity; use weights from before that.")
    network = MattingNetwork(options)
    network.load_state_dict(tensors)
    return network.eval(), lineage


def digest_of(path: Path) -> str:
    """The SHA-256 of a weights file, in hexadecimal: what tells it from others of its name.

    Raises:
        MissingFrame: there is no such file.
        WeightsError: it cannot be read, or is too large to be weights.
    """
    try:
        _check_size(path, LARGEST + _HEADER)
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise MissingFrame(f"{path} is not there; name a .safetensors file.") from error
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); name a .safetensors file.") from error


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, str]) -> None:
    """Writes a safetensors file, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    with whole_file(str(path)) as temporary:
        mode = os.stat(temporary).st_mode
        try:
            save_file(tensors, temporary, metadata=header)
            os.chmod(temporary, mode)  # safetensors makes a file of its own, for its owner alone
        except SafetensorError as error:
            raise OutputError(f"{path} cannot be written ({error}); is the disk full?") from error


def read_tensors(path: Path, *, largest: int) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All tensors of a safetensors file, and its header.

    Raises:
        MissingFrame: there is no such file.
        WeightsError: it is damaged, larger than that, or of strange types.
    """
    try:
        _check_size(path, largest)
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise MissingFrame(f"{path} is not there; name a .safetensors file.") from error
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise WeightsError(f"{path} is no whole safetensors file; copy it again.") from error
    if not {each.dtype for each in tensors.values()} <= _KINDS:
        raise WeightsError(f"{path} holds numbers of a kind that platekey does not write.")
    return tensors, header


def _check_size(path: Path, largest: int) -> None:
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):  # a device or a pipe has no end, or never begins
        raise WeightsError(f"{path} is a folder or a device; name a .safetensors file.")
    size = found.st_size
    if size > largest:
        raise WeightsError(f"{path} has {size} bytes, but at most {largest} are read; is it ours?")
