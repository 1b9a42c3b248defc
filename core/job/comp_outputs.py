"""What a comp writes: passes and header."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from platekey.core.comp.options import CompOptions
from platekey.core.frames.frame import Frame, Pixels
from platekey.core.options import Passes

from .comp_request import CompRequest
from .frame_files import SIGNATURE, FrameFiles, layer, single_layer

_FILES = ("comp", "fg", "spill", "shadow", "core", "edge")  # with passes = files, one a pass
_DATA = ("shadow", "core", "edge")  # no colours: a host must not convert them
_CHANNELS = (  # of the one EXR, in the order of _FILES
    *("R", "G", "B", "A"),
    *layer("fg", "RGBA"),
    *layer("spill"),
    *layer("shadow"),
    "core.Y",
    "edge.Y",
)


class CompOutputs(FrameFiles):
    """File names, headers and signatures of a request's frames.

    Args:
        request: see CompRequest.
        is_single: the foreground is one picture, not a sequence.
    """

    def __init__(self, request: CompRequest, *, is_single: bool) -> None:
        options = request.options
        super().__init__(
            request.output,
            _FILES,
            options.to_json(),
            passes=options.passes,
            depth=options.depth,
            compression=options.compression,
            is_single=is_single,
            overwrite=request.overwrite,
            default_name="comp",
        )
        self._as_files = options.passes is Passes.FILES

    def pictures(
        self, header: Frame, passes: dict[str, Pixels], options: CompOptions, signature: str
    ) -> dict[str, Frame]:
        """The pictures to write, by the keys of `paths`.

        Args:
            header: of the foreground, on the comp's data window.
            passes: (H, W, C) by the names of _FILES; comp and fg have their alpha, premultiplied.
            options: of this frame.
            signature: see FrameFiles.
        """
        attributes = {
            **header.attributes,
            "platekey:version": self.version,
            "platekey:comp_settings": json.dumps(options.to_json(), sort_keys=True),
            SIGNATURE: signature,
        }
        header = replace(header, attributes=attributes)
        if self._as_files:
            return {
                name: single_layer(header, passes[name], is_data=name in _DATA) for name in _FILES
            }
        pixels = np.concatenate([passes[name] for name in _FILES], axis=-1)
        return {"exr": header.with_pixels(pixels, _CHANNELS)}
