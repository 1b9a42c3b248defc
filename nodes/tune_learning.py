"""The tune node's settings that hardly anybody touches: learning, colour, machine."""

from .declaration import Choice, Kind, Parameter

LEARNING_AND_MACHINE = (
    Parameter(
        name="rate",
        kind=Kind.FLOAT,
        default=3e-4,
        label="Learning rate",
        tooltip="At its highest. Lower it if the score of the held-out frames jumps about.",
        group="Learning",
        minimum=1e-7,
        maximum=1e-2,
    ),
    Parameter(
        name="moved",
        kind=Kind.INT,
        default=4,
        label="Moved subjects",
        tooltip=(
            "How many frames are made of each key by moving its subject elsewhere before the clean "
            "plate; without keys, some frames are moved once, unless this is 0."
        ),
        group="Learning",
        minimum=0,
        maximum=32,
        unit="frames",
    ),
    Parameter(
        name="crop",
        kind=Kind.INT,
        default=0,
        label="Window",
        tooltip="Side of the windows at full size; 0 chooses it by the memory that is free.",
        group="Learning",
        minimum=96,
        maximum=1024,
        unit="pixels",
        automatic=0,
    ),
    Parameter(
        name="windows",
        kind=Kind.INT,
        default=0,
        label="Windows a frame",
        tooltip="How many are looked at in each frame and step; 0 chooses them by memory.",
        group="Learning",
        minimum=1,
        maximum=64,
        unit="windows",
        automatic=0,
    ),
    Parameter(
        name="patience",
        kind=Kind.INT,
        default=12,
        label="Patience",
        tooltip=(
            "How often the held-out frames may be looked at without anything better before it "
            "ends early; 0 goes on to the end."
        ),
        group="Learning",
        minimum=0,
        maximum=1000,
        unit="looks",
    ),
    Parameter(
        name="seed",
        kind=Kind.INT,
        default=0,
        label="Seed",
        tooltip="Another number draws other windows and backgrounds.",
        group="Learning",
        minimum=0,
        maximum=2**31 - 1,
    ),
    Parameter(
        name="checkpoint_minutes",
        kind=Kind.FLOAT,
        default=10.0,
        label="Checkpoints",
        tooltip="Minutes between two checkpoints, from which it is resumed.",
        group="Learning",
        minimum=0.01,
        maximum=10**4,
        unit="minutes",
    ),
    Parameter(
        name="colorspace",
        kind=Kind.STRING,
        default="",
        label="Colour space",
        tooltip=(
            "OCIO name of the space of plate and clean plate, as in the matte node. Empty takes "
            "what the file says, and scene-linear Rec.709 if it says nothing."
        ),
        group="Colour and input",
        example="any OCIO name, such as ARRI LogC4",
    ),
    Parameter(
        name="align",
        kind=Kind.BOOL,
        default=True,
        label="Align",
        tooltip="Registers the clean plate to every plate frame; set it as in the matte node.",
        group="Colour and input",
    ),
    Parameter(
        name="match_exposure",
        kind=Kind.BOOL,
        default=True,
        label="Match exposure",
        tooltip="Fits the clean plate's exposure to every frame; set it as in the matte node.",
        group="Colour and input",
    ),
    Parameter(
        name="nonfinite",
        kind=Kind.ENUM,
        default="refuse",
        label="NaN and infinity",
        tooltip="What happens to pixels of the inputs that are not a number or infinite.",
        group="Colour and input",
        choices=(
            Choice("refuse", "Refuse", "The tune is refused and the file is named."),
            Choice("repair", "Repair", "They are replaced from their neighbours, with a warning."),
        ),
    ),
    Parameter(
        name="device",
        kind=Kind.STRING,
        default="auto",
        label="Device",
        tooltip=(
            "Where it is tuned: auto takes a CUDA GPU if there is one, else the CPU; cuda:1 is "
            "the second GPU."
        ),
        group="Machine",
        pattern=r"auto|cpu|cuda(:[0-9]+)?",
        example="auto, cpu, cuda or cuda:N",
    ),
)
