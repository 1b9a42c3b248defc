"""Training samples a second, beside the time of a training step that eats them.

    python tests/bench/samples.py --pieces DIR --backgrounds DIR

The step is that of a small U-Net (plate, clean plate and hint to alpha) with AdamW, batch 8. Both
are measured alone, then together on the same cores: waiting is what is lost for want of samples.
Seconds of the processor tell what each costs even on a machine that others use.
Without --pieces, a few procedural captures are packed into a temporary folder.
"""

import argparse
import json
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as nnf
from fragments import machine, markdown_table, replace_fragment
from torch import nn
from torch.utils.data import DataLoader

from platekey.core.lightstage.capture.recipe import lamp_directions
from platekey.core.lightstage.training.backgrounds import Backgrounds, find_backgrounds
from platekey.core.lightstage.training.compose import compose
from platekey.core.lightstage.training.dataset import LayerDataset, SampleDataset
from platekey.core.lightstage.training.pack import Pieces, write_pieces
from platekey.core.lightstage.training.procedural import draw_subject
from platekey.core.lightstage.training.sample_options import Framing, SampleOptions
from platekey.core.lightstage.training.stored import StoredCapture

BATCH = 8


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pieces", metavar="DIR", help="what lightstage pack wrote")
    parser.add_argument("--backgrounds", metavar="DIR", help="default: patterns")
    parser.add_argument("--size", type=int, default=256, help="pixels of a sample")
    parser.add_argument("--batches", type=int, default=12, help="measured of each")
    parser.add_argument("--workers", type=int, default=2, help="processes that make samples")
    parser.add_argument("--device", default="cpu", help="of the step; not cpu: it composes too")
    parser.add_argument("--page", metavar="MD", help="page whose table is replaced")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()

    files = find_backgrounds(Path(args.backgrounds)) if args.backgrounds else ()
    device = torch.device(args.device)
    with tempfile.TemporaryDirectory() as folder:
        if not args.pieces:
            write_pieces((drawn_capture(seed) for seed in range(6)), Path(folder))
        pieces = Pieces(Path(args.pieces or folder))
        found = []
        for framing in Framing:
            options = SampleOptions(framing=framing, size=args.size)
            made = (pieces, Backgrounds(files), options)
            batches = Batches(*made, workers=args.workers, device=device)
            found.append(measure(batches, args.batches))
        pieces.close()
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = table(found)
    print(text)
    if args.page:
        replace_fragment(args.page, "samples", text)


class Batches:
    """Batches of samples from worker processes; on another device than the CPU, composed there."""

    def __init__(self, pieces, backgrounds, options, *, workers, device):
        self.made = (pieces, backgrounds, options)
        self.options, self.workers, self.device = options, workers, device

    def stream(self, count):
        """Batches until `count` have come; the first comes when every worker is at work."""
        on_cpu = self.device.type == "cpu"
        kind = SampleDataset if on_cpu else LayerDataset
        numbers = range((count + 1 + 2 * self.workers) * BATCH)
        loader = DataLoader(
            kind(*self.made, numbers),
            batch_size=BATCH,
            num_workers=self.workers,
            # spawned ones abort at their end, where OpenImageIO has read a picture
            multiprocessing_context="forkserver" if self.workers else None,
        )
        for batch in islice(loader, count):
            yield batch if on_cpu else compose(batch, self.options, device=self.device)


def measure(batches, count):
    """Samples alone, steps alone, and both at once."""
    here = Batches(*batches.made, workers=0, device=batches.device).stream(count + 1)
    batch = next(here)  # the first reads files and builds tables
    start = time.process_time()
    made = sum(len(batch["plate"]) for batch in here)
    processor_sample = (time.process_time() - start) / made

    step = Step(batches.device)
    step(batch)
    start, processor_start = time.perf_counter(), time.process_time()
    for _ in range(count):
        step(batch)
    alone = (time.perf_counter() - start) / count
    processor_step = (time.process_time() - processor_start) / count

    warm_up = max(1, batches.workers)  # batches: processes start
    stream = batches.stream(warm_up + 2 * count)
    for _ in range(warm_up):
        next(stream)
    start = time.perf_counter()
    made = sum(len(batch["plate"]) for batch in islice(stream, count))
    samples_a_second = made / (time.perf_counter() - start)

    waited, total = 0.0, 0.0
    for _ in range(count):
        start = time.perf_counter()
        batch = next(stream)
        waited += time.perf_counter() - start
        step(batch)
        total += time.perf_counter() - start
    return {
        "framing": batches.options.framing.value,
        "size": batches.options.size,
        "samples_a_second": samples_a_second,
        "step": alone,
        "processor_sample": processor_sample,
        "processor_step": processor_step,
        "step_with_samples": total / count,
        "waiting": waited / total,
    }


class Step:
    """A training step; calling it returns when the device is done."""

    def __init__(self, device):
        torch.manual_seed(0)
        self.network = SmallUNet().to(device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), 1e-4)
        self.device = device

    def __call__(self, batch):
        names = ("plate", "clean_plate", "hint")
        seen = torch.cat([batch[name].clamp(0, 4) for name in names], dim=1).to(self.device)
        truth = batch["alpha"].to(self.device)
        loss = nnf.l1_loss(self.network(seen), truth)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        loss.item()  # waits for the device


class SmallUNet(nn.Module):
    """Four scales of two 3x3 convolutions, 24 to 160 channels: 1.2 million parameters."""

    def __init__(self):
        super().__init__()
        widths = (24, 48, 96, 160)
        steps = list(zip(widths[:-1], widths[1:], strict=True))
        self.down = nn.ModuleList([pair(7, widths[0]), *(pair(*step) for step in steps)])
        self.up = nn.ModuleList(pair(sum(step), step[0]) for step in steps)
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x):
        kept = []
        for level, block in enumerate(self.down):
            x = block(nnf.avg_pool2d(x, 2) if level else x)
            kept.append(x)
        for block, fine in zip(reversed(self.up), reversed(kept[:-1]), strict=True):
            x = nnf.interpolate(x, size=fine.shape[-2:], mode="bilinear", align_corners=False)
            x = block(torch.cat([x, fine], dim=1))
        return self.head(x).sigmoid()


def pair(before, after):
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(after, after, 3, padding=1),
        nn.ReLU(inplace=True),
    )


def drawn_capture(seed, size=256, lamps=16):
    """A procedural subject as if it had been captured."""
    subject = draw_subject(seed, height=size, width=size)
    small = -(-size // 4)
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.5, 1, (1, lamps, small, small)).astype(np.float32)
    return StoredCapture(
        name=f"drawn_{seed}",
        facts={},
        foreground=subject.foreground.permute(1, 2, 0).numpy()[None],
        alpha=subject.alpha.numpy(),
        shares=shares / shares.sum(1, keepdims=True),
        directions=lamp_directions(lamps).astype(np.float32),
        depth=np.full((1, small, small), np.inf, np.float32),
        motion=np.zeros((1, small, small, 2), np.float32),
    )


def table(found):
    rows = [
        [
            f"{item['framing']}, {item['size']}²",
            f"{item['samples_a_second']:.1f}",
            f"{BATCH * item['processor_sample']:.2f}",
            f"{item['processor_step']:.2f}",
            f"{item['step']:.2f}",
            f"{item['step_with_samples']:.2f}",
            f"{100 * item['waiting']:.0f} %",
        ]
        for item in found
    ]
    head = ["samples", "a second", f"processor s a {BATCH}", "processor s a step"]
    head += ["step alone, s", "step and samples, s", "waiting"]
    return f"{machine()}\n\n{markdown_table(head, rows)}"


if __name__ == "__main__":
    main()
