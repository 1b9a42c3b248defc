"""BackgroundMattingV2 with MobileNetV2, built for timing alone: its weights are random.

The layers are those that its paper and its published tables give (Lin et al. 2021; MIT), the patch
refiner at its own sampling; no line of its code is used.
"""

import torch
import torch.nn.functional as nnf
from torch import nn

SETTINGS = (  # of MobileNetV2: expansion, channels, blocks, stride, dilation
    (1, 16, 1, 1, 1),
    (6, 24, 2, 2, 1),
    (6, 32, 3, 2, 1),
    (6, 64, 4, 2, 1),
    (6, 96, 3, 1, 1),
    (6, 160, 3, 1, 2),
    (6, 320, 1, 1, 2),
)
TAPS = (0, 2, 5)  # blocks after which a half, a quarter and an eighth of the size are tapped


def conv(channels, out, kernel, *, stride=1, dilation=1, groups=1, activation=nn.ReLU6):
    padding = dilation * (kernel // 2)
    layer = nn.Conv2d(channels, out, kernel, stride, padding, dilation, groups, bias=True)
    return nn.Sequential(layer, activation()) if activation else layer  # normalisation is folded


class Block(nn.Module):
    def __init__(self, channels, out, expansion, stride, dilation):
        super().__init__()
        wide = channels * expansion
        layers = [conv(channels, wide, 1)] if expansion > 1 else []
        layers += [conv(wide, wide, 3, stride=stride, dilation=dilation, groups=wide)]
        self.layers = nn.Sequential(*layers, conv(wide, out, 1, activation=None))
        self.adds = stride == 1 and channels == out

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


class Pyramid(nn.Module):
    """ASPP."""

    def __init__(self, channels, out):
        super().__init__()
        rates = [conv(channels, out, 3, dilation=rate, activation=nn.ReLU) for rate in (3, 6, 9)]
        self.parts = nn.ModuleList([conv(channels, out, 1, activation=nn.ReLU), *rates])
        self.pooled = conv(channels, out, 1, activation=nn.ReLU)
        self.project = conv(5 * out, out, 1, activation=nn.ReLU)

    def forward(self, x):
        mean = self.pooled(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[2:])
        return self.project(torch.cat([*(part(x) for part in self.parts), mean], 1))


class BackgroundMatting(nn.Module):
    """Plate and clean plate, (1, 3, H, W) with sides that 4 divides, to alpha and foreground."""

    def __init__(self, scale, samples):
        super().__init__()
        self.scale, self.samples = scale, samples
        self.stem = conv(6, 32, 3, stride=2)
        blocks, channels = [], 32
        for expansion, out, count, stride, dilation in SETTINGS:
            for index in range(count):
                blocks.append(
                    Block(channels, out, expansion, stride if index == 0 else 1, dilation)
                )
                channels = out
        self.blocks = nn.ModuleList(blocks)
        self.pyramid = Pyramid(320, 256)
        widths, skips = (256, 128, 64, 48, 37), (32, 24, 16, 6)
        self.decoder = nn.ModuleList(
            [
                conv(widths[i] + skips[i], widths[i + 1], 3, activation=nn.ReLU if i < 3 else None)
                for i in range(4)
            ]
        )
        self.first = nn.Sequential(nn.Conv2d(42, 24, 3), nn.ReLU(), nn.Conv2d(24, 16, 3), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(22, 12, 3), nn.ReLU(), nn.Conv2d(12, 4, 3))

    def forward(self, plate, clean_plate):
        both = torch.cat([plate, clean_plate], 1)
        small = nnf.interpolate(both, scale_factor=self.scale, mode="bilinear")
        taps, x = [small], self.stem(small)
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in TAPS:
                taps.append(x)
        x = self.pyramid(x)
        for layer, tap in zip(self.decoder, taps[::-1], strict=True):
            x = nnf.interpolate(x, tap.shape[2:], mode="bilinear")
            x = layer(torch.cat([x, tap], 1))
        alpha, residual = x[:, :1].clamp(0, 1), x[:, 1:4]
        error, hidden = x[:, 4:5].clamp(0, 1), x[:, 5:].relu()
        return self.refined(both, torch.cat([hidden, alpha, residual], 1), error)

    def refined(self, both, coarse, error):
        height, width = both.shape[2:]
        half = (height // 2, width // 2)
        cells = nnf.interpolate(error, (height // 4, width // 4), mode="bilinear").flatten()
        chosen = cells.topk(min(self.samples // 16, cells.numel())).indices
        rows, columns = chosen // (width // 4), chosen % (width // 4)
        wide = torch.cat(
            [
                nnf.interpolate(coarse, half, mode="bilinear"),
                nnf.interpolate(both, half, mode="bilinear"),
            ],
            1,
        )
        x = self.first(patches(wide, rows, columns, 2, 3))
        x = nnf.interpolate(x, (8, 8))
        x = self.second(torch.cat([x, patches(both, rows, columns, 4, 2)], 1))
        whole = nnf.interpolate(coarse[:, -4:], (height, width), mode="bilinear")
        view = whole.view(4, height // 4, 4, width // 4, 4).permute(1, 3, 0, 2, 4)
        view[rows, columns] = x
        return whole[:, :1].clamp(0, 1), (both[:, :3] + whole[:, 1:]).clamp(0, 1)


def patches(picture, rows, columns, side, padding):
    """The chosen cells with what is around them, (N, C, side + 2 padding, the same)."""
    padded = nnf.pad(picture, (padding,) * 4)[0]
    size = side + 2 * padding
    windows = padded.unfold(1, size, side).unfold(2, size, side)
    return windows[:, rows, columns].transpose(0, 1)
