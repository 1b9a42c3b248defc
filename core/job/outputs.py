"""What a solve writes: passes and header."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from platekey.core.frames.frame import Frame
from platekey.core.options import Depth, Passes

from .frame_files import SIGNATURE, FrameFiles, layer, single_layer
from .networks import LoadedNetwork
from .one_frame import Solved
from .request import SolveRequest
from .tally import plain

__all__ = ["SIGNATURE", "ShotOutputs"]

_FILES = ("rgba", "fg", "alpha", "shadow", "confidence")  # with passes = files, one a pass
_DATA = ("alpha", "shadow", "confidence")  # no colours: a host must not convert them


class ShotOutputs(FrameFiles):
    """File names, headers and signatures of a request's frames.

    Args:
        request: see SolveRequest.
        is_single: the plate is one picture, not a sequence.
        network: what the method NETWORK solves with, else None.
    """

    def __init__(
        self, request: SolveRequest, *, is_single: bool, network: LoadedNetwork | None = None
    ) -> None:
        self._options = options = request.options
        self._network = network
        super().__init__(
            request.output,
            _FILES,
            # weights count by their content: a farm's machines have them in folders of their own
            {**options.to_json(), "weights": network.digest if network else ""},
            passes=options.passes,
            depth=options.depth,
            compression=options.compression,
            is_single=is_single,
            overwrite=request.overwrite,
            default_name="matte",
        )

    def pictures(self, plate: Frame, solved: Solved, signature: str) -> dict[str, Frame]:
        """The pictures to write, by the keys of `paths`.

        Alpha is rounded to the output's precision first, so that the files agree with themselves:
        where the alpha that is written is 1, the foreground is the plate.
        """
        alpha = np.clip(solved.alpha, 0, 1)
        if self._options.depth is Depth.HALF:
            alpha = alpha.astype(np.float16).astype(np.float32)
        straight = np.where(alpha == 1, plate.pixels, solved.foreground)
        pictures = {
            "premultiplied": straight * alpha,
            "fg": straight,
            "alpha": alpha,
            "shadow": solved.shadow,
            "confidence": np.clip(solved.confidence, 0, 1),
        }
        attributes = {
            **plate.attributes,
            "platekey:version": self.version,
            "platekey:method": self._options.method.value,
            "platekey:settings": json.dumps(self._options.to_json(), sort_keys=True),
            SIGNATURE: signature,
        }
        if self._network is not None:
            attributes["platekey:weights"] = self._network.name
            attributes["platekey:weights_sha256"] = self._network.digest
            attributes["platekey:weights_version"] = self._network.version
        for step, report in solved.report.items():
            # how long it took is told, not written: a frame made twice is the same to the byte
            kept = {name: v for name, v in report.items() if not name.startswith("seconds")}
            attributes[f"platekey:{step}"] = json.dumps(plain(kept), sort_keys=True)
        header = replace(plate, attributes=attributes)
        if self._options.passes is Passes.FILES:
            pictures["rgba"] = np.concatenate([pictures["premultiplied"], alpha], axis=-1)
            return {
                name: single_layer(header, pictures[name], is_data=name in _DATA) for name in _FILES
            }
        order = ("premultiplied", "alpha", "fg", "shadow", "confidence")
        layers = [pictures[name] for name in order]
        channels = ("R", "G", "B", "A", *layer("fg"), *layer("shadow"), "confidence.Y")
        return {"exr": header.with_pixels(np.concatenate(layers, axis=-1), channels)}
