"""What a job that builds a clean plate writes: the plate, its layers and its header."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from platekey.core.clean.build import CleanPlate
from platekey.core.frames.frame import Frame
from platekey.core.frames.layers import VALID
from platekey.core.options import Passes

from .clean_request import CleanRequest
from .frame_files import SIGNATURE, FrameFiles, layer
from .tally import plain
from .tensors import to_pixels

_CHANNELS = ("R", "G", "B", VALID, *layer("deviation"))


class CleanOutputs(FrameFiles):
    """File names, headers and signatures of a request's clean plates.

    Args:
        request: see CleanRequest.
        is_single: one clean plate serves the whole shot, else there is one a plate frame.
    """

    def __init__(self, request: CleanRequest, *, is_single: bool) -> None:
        self._options = options = request.options
        super().__init__(
            request.output,
            (),
            # a single plate and the first of a sequence may bear the same name
            {**options.to_json(), "single": is_single},
            passes=Passes.EXR,
            depth=options.depth,
            compression=options.compression,
            is_single=is_single,
            overwrite=request.overwrite,
            default_name="clean",
        )

    def pictures(self, header: Frame, clean: CleanPlate, signature: str) -> dict[str, Frame]:
        """The picture to write, by the key of `paths`; see FrameFiles.signature."""
        attributes = {
            **header.attributes,
            "platekey:version": self.version,
            "platekey:clean_settings": json.dumps(self._options.to_json(), sort_keys=True),
            "platekey:clean": json.dumps(plain(clean.report), sort_keys=True),
            SIGNATURE: signature,
        }
        layers = [to_pixels(each) for each in (clean.pixels, clean.valid, clean.deviation)]
        pixels = np.concatenate(layers, axis=-1)
        return {"exr": replace(header, attributes=attributes).with_pixels(pixels, _CHANNELS)}
