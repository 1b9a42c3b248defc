"""Convolutions with their normalisation, and MobileNetV3's inverted residual.

Source: Howard et al. 2019 (docs/references.md#howard2019).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_MOMENTUM = 0.03  # of the statistics: trainings here are short


class ConvNorm(nn.Module):
    """Convolution that keeps the size (over its stride), batch normalisation, activation."""

    def __init__(
        self,
        channels: int,
        out: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        activation: type[nn.Module] | None = nn.ReLU,
    ) -> None:
        """Takes the numbers of the convolution; None for no activation."""
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv = nn.Conv2d(
            channels, out, kernel, stride, padding, dilation, groups=groups, bias=False
        )
        self.norm: nn.Module = nn.BatchNorm2d(out, eps=1e-3, momentum=_MOMENTUM)
        self.activation = nn.Identity() if activation is None else activation()

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) to (B, out, H / stride, W / stride)."""
        result: Tensor = self.activation(self.norm(self.conv(x)))
        return result

    def fold(self) -> None:
        """Puts the normalisation into the convolution; the module must be in evaluation mode."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class SqueezeExcite(nn.Module):
    """Weighs channels by what the whole picture shows. Not for tiles."""

    def __init__(self, channels: int) -> None:
        """Takes the channels."""
        super().__init__()
        squeezed = max(8, (channels // 4 + 4) // 8 * 8)
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.excite = nn.Conv2d(squeezed, channels, 1)
        self.relu = nn.ReLU()
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W), the same."""
        mean = x.mean((2, 3), keepdim=True)
        gated: Tensor = x * self.gate(self.excite(self.relu(self.squeeze(mean))))
        return gated


class InvertedResidual(nn.Module):
    """Widen, filter each channel, weigh the channels, narrow; added to the input where it fits."""

    def __init__(
        self,
        channels: int,
        wide: int,
        out: int,
        *,
        kernel: int = 3,
        stride: int = 1,
        dilation: int = 1,
        squeezes: bool = False,
        activation: type[nn.Module] = nn.ReLU,
    ) -> None:
        """Takes a row of MobileNetV3's table."""
        super().__init__()
        self.widen = ConvNorm(channels, wide, activation=activation)
        self.filter = ConvNorm(
            wide,
            wide,
            kernel=kernel,
            stride=stride,
            dilation=dilation,
            groups=wide,
            activation=activation,
        )
        self.weigh = SqueezeExcite(wide) if squeezes else nn.Identity()
        self.narrow = ConvNorm(wide, out, activation=None)
        self.adds = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) to (B, out, H / stride, W / stride)."""
        y: Tensor = self.narrow(self.weigh(self.filter(self.widen(x))))
        return x + y if self.adds else y
