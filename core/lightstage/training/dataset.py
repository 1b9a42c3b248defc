"""Streams of training samples for torch's DataLoader.

A sample is named by its number: with the same seed, options, captures and backgrounds, number n is
always the same, whoever makes it. An epoch is a range of numbers, and so is what is left of one:

    SampleDataset(pieces, backgrounds, options, range(epoch * length + done, (epoch + 1) * length))

A DataLoader's worker w of W makes the numbers first + w, first + w + W and so on. Let it fork its
workers, or start them with "forkserver": spawned ones may abort at their end, when OpenImageIO's
threads are still there.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from platekey.core.errors import OptionError

from .backgrounds import Backgrounds
from .compose import compose
from .layers import Captures, make_layers
from .sample_options import SampleOptions


class LayerDataset(IterableDataset[dict[str, Tensor]]):
    """Layers, for who composes whole batches on a GPU.

    for layers in DataLoader(LayerDataset(...), batch_size=8, num_workers=8):
        batch = compose(layers, options, device=torch.device("cuda"))
    """

    def __init__(
        self,
        captures: Captures,
        backgrounds: Backgrounds,
        options: SampleOptions,
        numbers: range,
    ) -> None:
        """Takes what samples are made of.

        Args:
            captures: Pieces, or what looks like them.
            backgrounds: see Backgrounds.
            options: see SampleOptions.
            numbers: of the samples, from 0 up.

        Raises:
            OptionError: numbers below 0, or no captures where they are needed.
        """
        if len(numbers) and min(numbers[0], numbers[-1]) < 0:
            raise OptionError(f"samples {numbers} cannot be made; their numbers start at 0.")
        if not len(captures) and options.procedural_share < 1:
            raise OptionError(
                "there are no captures; pack some, or set procedural_share to 1 to do without."
            )
        super().__init__()
        self.captures, self.backgrounds = captures, backgrounds
        self.options, self.numbers = options, numbers

    def __len__(self) -> int:
        """The number of samples, of all workers together."""
        return len(self.numbers)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        """Layers, see make_layers.

        Raises:
            InputError: a capture or a background cannot be read.
        """
        worker = get_worker_info()
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        for number in self.numbers[first::step]:
            yield make_layers(number, self.captures, self.backgrounds, self.options)


class SampleDataset(LayerDataset):
    """Finished samples, composed on the CPU; see compose for what is in them, without B."""

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        """Samples; each is the same in every batch and worker."""
        for layers in super().__iter__():
            batch = {name: layer[None] for name, layer in layers.items()}
            yield {name: value[0] for name, value in compose(batch, self.options).items()}
