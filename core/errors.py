"""Every error that platekey raises on purpose. Standard library only, Python 3.7: hosts import it.

A message is one sentence that says what came, what was expected and what to do. The class name
travels over the wire as `kind`; `exit_code` is what the command line ends with.
"""


class PlatekeyError(Exception):
    """A defect of ours, unless a subclass says otherwise."""

    exit_code = 1

    def __str__(self) -> str:
        """The message on one line, whatever a file in it is called."""
        return " ".join(super().__str__().splitlines())

    @property
    def kind(self) -> str:
        """The name of the error on the wire and in logs."""
        return type(self).__name__


class OptionError(PlatekeyError):
    """A setting that cannot be used: out of range, unknown, contradictory."""

    exit_code = 2


class InputError(PlatekeyError):
    """Something about the given files that the artist can mend."""

    exit_code = 3


class MissingFrame(InputError):
    """A frame, a sequence or a file that was asked for is not there."""


class UnreadableFile(InputError):
    """A file that is damaged, empty, deep, or of no kind that platekey reads."""


class UnsupportedChannels(InputError):
    """A file without the channels that its role needs."""


class InputMismatch(InputError):
    """Plate and clean plate, or a matte, do not belong together."""


class NonFinitePixels(InputError):
    """NaN or infinity in an input, and the options say to refuse it."""


class ColourSpaceError(InputError):
    """A colour space that the OCIO config does not know."""


class OutputError(InputError):
    """An output that cannot be written: no room, no permission, no folder."""


class WeightsError(InputError):
    """A weights file that is damaged or belongs to another network."""


class CannotBuild(InputError):
    """Footage that no clean plate can be made of."""


class UnfitShot(InputError):
    """A shot, or keys of it, that a fine-tune cannot learn from."""


class ShapeError(PlatekeyError):
    """Tensors whose shapes do not fit: a caller's mistake, not an artist's."""


class Diverged(PlatekeyError):
    """A training whose loss is no number any more, or far above what it was."""


class FramesFailed(PlatekeyError):
    """Some frames failed; the others are written."""

    exit_code = 4


class Cancelled(PlatekeyError):
    """Stopped on request."""

    exit_code = 5


class DeviceError(PlatekeyError):
    """The device that was asked for is missing or does not work."""

    exit_code = 6


class OutOfMemory(DeviceError):
    """The machine or the device has too little memory for the smallest tile."""


class EngineFailed(InputError):
    """A farm's engine that is missing, or that refused a job or failed at it."""


class WorkerError(PlatekeyError):
    """The host's worker cannot be used."""


class WorkerNotFound(WorkerError):
    """No worker environment is installed where the host looks for it."""


class WorkerDied(WorkerError):
    """The worker ended in the middle of a conversation."""


class ProtocolMismatch(WorkerError):
    """Host side and worker speak different versions of the protocol."""


class BadMessage(WorkerError):
    """A line that is no message of the protocol."""
