"""The network as TorchScript for Nuke's Inference node: one packed picture in, one picture out.

Input (1, 6 or 7, H, W), scene-linear: plate R G B, clean plate R G B, and a hint if there is one.
Output (1, 4, H, W); see NukeMatte. Any size. The clean plate comes as it is: conditioning it is
platekey's own, there are no frames beside, and the difference method's matte is not at hand.

What knows sizes is scripted; what works pixel by pixel is traced from the functions that the solve
itself calls, so that the two cannot drift apart.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from platekey.core.frames.atomic import whole_file

from .coarse import MATTE, changed, no_prior, packed_answer
from .cues import (
    MOTION,
    SPARSE,
    Cues,
    clean_features,
    detail_features,
    encoded,
    exposure_of,
    hint_features,
    noise_variance,
    prior_features,
)
from .linear import solve_linear
from .model import COARSE_SIDE, MattingNetwork, beside_plate, combined, enlarged_window, even
from .refine import ANSWER
from .shadow import shadow_factor

TILE = 512  # pixels; Nuke hands over whole frames
_trace: Callable[..., torch.jit.ScriptModule] = torch.jit.trace  # which has no types
_DARK_SHARE = 0.1  # of the variance at grey that is there in the dark as well
KNOBS: dict[str, tuple[float, str]] = {  # attributes of NukeMatte that an artist sets
    "noise": (0.005, "grain of plate and clean plate together, deviation at 18 % grey"),
    "use_hint": (0, "1 if the seventh channel is a hint"),
    "result": (0, "0 premultiplied, 1 straight foreground; 2 shadow and expected error"),
}


class _See(nn.Module):
    """Plate and clean plate of ordinary brightness, encoded, and the features but motion."""

    def forward(
        self, plate: Tensor, clean_plate: Tensor, hint: Tensor, present: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        cues = _cues(plate, clean_plate, hint, present, noise)
        seen, clean = encoded(plate, cues.exposure), encoded(clean_plate, cues.exposure)
        detail = detail_features(cues, seen, clean)
        return seen, clean, detail, clean_features(detail, clean), hint_features(cues)


class _Pack(nn.Module):
    """The coarse stage's answer, packed."""

    def forward(self, answer: Tensor) -> Tensor:
        return packed_answer(answer)


class _Change(nn.Module):
    """A matte without a prior, changed, and as the refine stage sees it."""

    def forward(self, seen: Tensor, changes: Tensor) -> tuple[Tensor, Tensor]:
        matte = changed(no_prior(seen), changes)
        return matte, beside_plate(matte, seen)


class _Absent(nn.Module):
    """The features of a prior that is not there."""

    def forward(self, seen: Tensor) -> Tensor:
        return prior_features(no_prior(seen), seen)


class _Finish(nn.Module):
    """Alpha, foreground, background and expected error, packed, of a part."""

    def __init__(self, solves_linear: bool) -> None:
        super().__init__()
        self.solves_linear = solves_linear

    def forward(
        self, plate: Tensor, clean_plate: Tensor, noise: Tensor, coarse: Tensor, answer: Tensor
    ) -> Tensor:
        nothing = torch.zeros_like(plate[:, :1])
        cues = _cues(plate, clean_plate, nothing, nothing[:, :, :1, :1], noise)
        clean = encoded(clean_plate, cues.exposure)
        estimate = combined(coarse, answer, clean, solves_linear=self.solves_linear)
        solved = solve_linear(plate, noise_variance(cues), cues.exposure, estimate)
        return torch.cat([solved.alpha, solved.foreground, solved.background, coarse[:, 7:8]], 1)


class _Brighten(nn.Module):
    """What brings a median to grey."""

    def forward(self, light: Tensor) -> Tensor:
        return exposure_of(light)


class _Shadow(nn.Module):
    """The shadow pass, of pictures of ordinary brightness."""

    def forward(self, background: Tensor, clean_plate: Tensor) -> Tensor:
        return shadow_factor(background, clean_plate, torch.ones_like(background[:, :1, :1, :1]))


class NukeMatte(nn.Module):  # annotations are read by TorchScript: no __future__ in this file
    """The whole network in one call.

    Attributes:
        noise: grain of plate and clean plate together, one standard deviation at 18 % grey.
        use_hint: 1 if the seventh channel is a hint, 0 if it says nothing.
        result: 0 premultiplied foreground and alpha; 1 straight foreground and alpha; 2 shadow,
            and the expected error of alpha.
    """

    noise: float
    use_hint: int
    result: int

    def __init__(self, network: MattingNetwork) -> None:
        """Takes a network in evaluation mode."""
        super().__init__()
        self.noise = float(KNOBS["noise"][0])
        self.use_hint, self.result = int(KNOBS["use_hint"][0]), int(KNOBS["result"][0])
        self.coarse, self.refine = network.coarse, network.refine
        self.radius, self.tile = network.radius, TILE
        self.sparse, self.side, self.motion = SPARSE, COARSE_SIDE, MOTION
        self.matte, self.share_in_dark = MATTE, _DARK_SHARE
        picture = torch.rand(1, 3, 6, 4)
        one, noise = picture[:, :1], torch.full((1, 2, 1, 1), 1e-4)
        coarse = torch.rand(1, MATTE + network.options.hidden, 6, 4)
        answer = torch.rand(1, ANSWER, 6, 4)
        self.see = _trace(_See(), (picture, picture, one, one[:, :, :1, :1], noise))
        self.pack = _trace(_Pack(), (coarse,))
        self.change = _trace(_Change(), (picture, coarse))
        self.absent = _trace(_Absent(), (picture,))
        inputs = (picture, picture, noise, coarse[:, :MATTE], answer)
        self.finish = _trace(_Finish(network.solves_linear), inputs)
        self.brighten = _trace(_Brighten(), (torch.rand(1, 9),))
        self.shadow = _trace(_Shadow(), (picture, picture))

    def forward(self, x: Tensor) -> Tensor:
        """(1, 6 or 7, H, W) to (1, 4, H, W); see the module."""
        height, width = x.shape[2], x.shape[3]
        light = x[:, 3:6].amax(1).flatten(1)
        exposure = self.brighten(light[:, :: max(1, light.shape[1] // self.sparse)])
        plate, clean_plate = x[:, :3] * exposure, x[:, 3:6] * exposure
        hint = torch.zeros_like(x[:, :1])
        present = torch.zeros_like(exposure)
        if self.use_hint != 0 and x.shape[1] > 6:
            hint, present = x[:, 6:7].clamp(0, 1), torch.ones_like(exposure)
        dark = self.share_in_dark * self.noise * self.noise
        gain = (self.noise * self.noise - dark) / 0.18
        # of ordinary brightness, as pictures are now
        noise = torch.cat([torch.full_like(exposure, gain), torch.full_like(exposure, dark)], 1)
        noise = noise * torch.cat([exposure, exposure * exposure], 1)
        factor = 2 * max(1, (max(height, width) + self.side) // (2 * self.side))
        coarse = self.coarse_matte(plate, clean_plate, hint, present, noise, factor)
        step = max(factor, self.tile // factor * factor)
        done = torch.zeros([x.shape[0], 8, height, width], dtype=x.dtype, device=x.device)
        for top in range(0, height, step):
            for left in range(0, width, step):
                bottom, right = min(height, top + step), min(width, left + step)
                y, x_start = max(0, top - self.radius), max(0, left - self.radius)
                below, beyond = min(height, bottom + self.radius), min(width, right + self.radius)
                part = self.refined(
                    plate[:, :, y:below, x_start:beyond],
                    clean_plate[:, :, y:below, x_start:beyond],
                    noise,
                    coarse,
                    factor,
                    y,
                    x_start,
                )
                done[:, :, top:bottom, left:right] = part[
                    :, :, top - y : bottom - y, left - x_start : right - x_start
                ]
        alpha, background = done[:, :1], done[:, 4:7]
        if self.result == 2:
            return torch.cat([self.shadow(background, clean_plate), done[:, 7:8]], 1)
        foreground = torch.where(alpha >= 1, x[:, :3], done[:, 1:4] / exposure)
        if self.result == 0:
            foreground = foreground * alpha
        return torch.cat([foreground, alpha], 1)

    def coarse_matte(
        self,
        plate: Tensor,
        clean_plate: Tensor,
        hint: Tensor,
        present: Tensor,
        noise: Tensor,
        factor: int,
    ) -> Tensor:
        """The coarse stage on the reduced frame, packed."""
        seen, _, detail, clean, hints = self.see(
            reduced(plate, factor),
            reduced(clean_plate, factor),
            reduced(hint, factor),
            present,
            noise / (factor * factor),
        )
        size = [seen.shape[0], self.motion, seen.shape[2], seen.shape[3]]
        motion = torch.zeros(size, dtype=seen.dtype, device=seen.device)
        answer = self.coarse(detail[:, :3], clean, hints, motion, self.absent(seen))
        packed: Tensor = self.pack(answer)
        return packed

    def refined(
        self,
        plate: Tensor,
        clean_plate: Tensor,
        noise: Tensor,
        coarse: Tensor,
        factor: int,
        top: int,
        left: int,
    ) -> Tensor:
        """The refine stage and the solve on a part, packed as _Finish does."""
        height, width = plate.shape[2], plate.shape[3]
        rows, columns = height + height % 2, width + width % 2
        nothing = torch.zeros_like(plate[:, :1])
        seen, _, detail, _, _ = self.see(plate, clean_plate, nothing, nothing[:, :, :1, :1], noise)
        seen, detail = even(seen), even(detail)
        full = enlarged_window(coarse[:, : self.matte], factor, top, left, rows, columns)
        half = enlarged_window(coarse, factor // 2, top // 2, left // 2, rows // 2, columns // 2)
        small = nnf.avg_pool2d(seen, 2)
        _, beside_half = self.change(small, half)
        full, beside_full = self.change(seen, full)
        answer = self.refine(detail, beside_half, beside_full)
        answer, full = answer[:, :, :height, :width], full[:, :, :height, :width]
        done: Tensor = self.finish(plate, clean_plate, noise, full, answer)
        return done


def reduced(x: Tensor, factor: int) -> Tensor:
    """As filters.reduce, for a script."""
    right, bottom = -x.shape[3] % factor, -x.shape[2] % factor
    return nnf.avg_pool2d(nnf.pad(x, [0, right, 0, bottom], mode="replicate"), factor)


def scripted(network: MattingNetwork) -> torch.jit.ScriptModule:
    """The network as TorchScript; it must be in evaluation mode, on the CPU."""
    with _quiet(), torch.no_grad():
        module: torch.jit.ScriptModule = torch.jit.script(NukeMatte(network).eval())
    return module


def export_network(network: MattingNetwork, path: Path) -> None:
    """Writes the network as TorchScript, whole or not at all.

    Args:
        network: in evaluation mode, on the CPU.
        path: file, NAME.pt.

    Raises:
        OutputError: it cannot be written.
    """
    module = scripted(network)
    with whole_file(str(path)) as temporary, open(temporary, "wb") as file, _quiet():
        torch.jit.save(module, file)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without torch's warning that TorchScript is on its way out: it is all that Nuke reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _cues(plate: Tensor, clean_plate: Tensor, hint: Tensor, present: Tensor, noise: Tensor) -> Cues:
    """Cues without neighbours, of pictures of ordinary brightness.

    `noise` is (B, 2, 1, 1): gain and read, the same for all channels.
    """
    gain, read = noise[:, :1].repeat(1, 3, 1, 1), noise[:, 1:].repeat(1, 3, 1, 1)
    one, known = torch.ones_like(gain[:, :1]), torch.ones_like(hint)
    nowhere = torch.zeros_like(one)
    return Cues(plate, clean_plate, known, gain, read, one, hint, present, plate, plate, nowhere)
