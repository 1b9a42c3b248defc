"""The matte node's settings that are not about the matte: colour, files, machine."""

from .declaration import Choice, Kind, Parameter

FILES_AND_MACHINE = (
    Parameter(
        name="colorspace",
        kind=Kind.STRING,
        default="",
        label="Colour space",
        tooltip=(
            "OCIO name of the space of plate and clean plate. Empty takes what the file says, and "
            "scene-linear Rec.709 if it says nothing. Set it for camera log that is not tagged."
        ),
        group="Colour and input",
        example="any OCIO name, such as ARRI LogC4",
    ),
    Parameter(
        name="nonfinite",
        kind=Kind.ENUM,
        default="refuse",
        label="NaN and infinity",
        tooltip="What happens to pixels of the inputs that are not a number or infinite.",
        group="Colour and input",
        choices=(
            Choice("refuse", "Refuse", "The frame fails and is named."),
            Choice(
                "repair",
                "Repair",
                "They are replaced from their neighbours, and counted in a warning.",
            ),
        ),
    ),
    Parameter(
        name="passes",
        kind=Kind.ENUM,
        default="exr",
        label="Passes",
        tooltip="How the passes are laid out in files.",
        group="Output",
        choices=(
            Choice("exr", "One EXR", "One multi-layer EXR a frame."),
            Choice("files", "A file a pass", "One single-layer EXR a pass; Blender needs that."),
        ),
    ),
    Parameter(
        name="depth",
        kind=Kind.ENUM,
        default="half",
        label="Depth",
        tooltip="Number format of the pixels that are written.",
        group="Output",
        choices=(
            Choice("half", "16 bit half", "As plates usually are."),
            Choice(
                "float",
                "32 bit float",
                "Twice the size; for values above 65504 or technical checks.",
            ),
        ),
    ),
    Parameter(
        name="compression",
        kind=Kind.ENUM,
        default="zip",
        label="Compression",
        tooltip="EXR compression; all are lossless but DWAA and DWAB.",
        group="Output",
        choices=(
            Choice("none", "None", "Largest and fastest to open."),
            Choice("zips", "ZIP, 1 line", "Lossless; quick in Nuke."),
            Choice("zip", "ZIP, 16 lines", "Lossless; smaller."),
            Choice("piz", "PIZ", "Lossless; small for grainy plates."),
            Choice("dwaa", "DWAA", "Lossy; small, for previews."),
            Choice("dwab", "DWAB", "Lossy; small, for previews."),
        ),
    ),
    Parameter(
        name="device",
        kind=Kind.STRING,
        default="auto",
        label="Device",
        tooltip=(
            "Where it is solved: auto takes a CUDA GPU if there is one, else the CPU; cuda:1 is "
            "the second GPU. `platekey doctor` lists them."
        ),
        group="Machine",
        pattern=r"auto|cpu|cuda(:[0-9]+)?",
        example="auto, cpu, cuda or cuda:N",
    ),
    Parameter(
        name="tile",
        kind=Kind.INT,
        default=0,
        label="Tile",
        tooltip=(
            "Side of the tiles that a frame is solved in. 0 chooses it by the memory that is "
            "free. Lower it if a frame runs out of memory; tiles leave no seams."
        ),
        group="Machine",
        minimum=128,
        maximum=16384,
        unit="pixels",
        automatic=0,
    ),
)
