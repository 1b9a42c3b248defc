"""The clean node: footage in, clean plate out."""

from .declaration import Choice, Input, Kind, Node, Output, Parameter, Role
from .matte_files import FILES_AND_MACHINE

INPUTS = (
    Input(
        "plate",
        "Plate",
        Role.PICTURE,
        "The shot that needs a clean plate.",
        required=True,
    ),
    Input(
        "source",
        "Clean footage",
        Role.PICTURE,
        (
            "Other footage of the same place without the subject: frames of another take, a pan, "
            "or the same camera move again. Without it the plate's own frames are used."
        ),
    ),
    Input(
        "mattes",
        "Mattes",
        Role.MATTE,
        (
            "White where the subject is, by the plate's frame numbers; rough ones do. What they "
            "cover is never taken for background."
        ),
    ),
)

OUTPUTS = (
    Output(
        "clean",
        "Clean plate",
        ("R", "G", "B"),
        "The view without the subject, in linear light.",
    ),
    Output(
        "valid",
        "Valid",
        ("valid.Y",),
        (
            "1 where the footage showed the background, 0 where nothing did and it was made up. "
            "The matte node reads it, and has no confidence there."
        ),
    ),
    Output(
        "deviation",
        "Deviation",
        ("deviation.R", "deviation.G", "deviation.B"),
        (
            "How much the background itself changed over the frames beyond its grain, one standard "
            "deviation in linear light: leaves, water, screens."
        ),
    ),
)

_FILES = ("colorspace", "nonfinite", "depth", "compression", "device")

PARAMETERS = (
    Parameter(
        name="mode",
        kind=Kind.ENUM,
        default="auto",
        label="Mode",
        tooltip="Where the clean plate comes from.",
        group="Clean plate",
        choices=(
            Choice(
                "auto",
                "Automatic",
                (
                    "Chosen by what is given and by whether the camera moves; it is told what was "
                    "chosen."
                ),
            ),
            Choice(
                "frames",
                "Clean frames",
                "Frames without the subject are merged into one with less noise than any.",
            ),
            Choice(
                "shot",
                "The shot itself",
                "The camera rests and the subject moves: what stays is the background.",
            ),
            Choice(
                "mosaic",
                "Mosaic",
                (
                    "The camera moves: a clean plate for each plate frame, from a pan, a second "
                    "pass or the shot's other frames."
                ),
            ),
            Choice(
                "retake",
                "Re-take",
                (
                    "The same camera move again without the subject, by motion control or by "
                    "hand: matched in time, then in place."
                ),
            ),
        ),
    ),
    Parameter(
        name="rounds",
        kind=Kind.INT,
        default=1,
        label="Rounds",
        tooltip=(
            "How many times solving and cleaning alternate where the plate is made of the shot "
            "itself and no mattes are given. More keeps soft edges and shadows out better and "
            "takes longer; 0 trusts the statistics over time alone."
        ),
        group="Clean plate",
        minimum=0,
        maximum=5,
        unit="rounds",
    ),
    Parameter(
        name="align",
        kind=Kind.BOOL,
        default=True,
        label="Align",
        tooltip=(
            "Registers the frames to each other before they are merged. A frame that cannot be "
            "registered is left out. Switch it off for a camera that surely stood still."
        ),
        group="Clean plate",
    ),
    Parameter(
        name="match_exposure",
        kind=Kind.BOOL,
        default=True,
        label="Match exposure",
        tooltip=(
            "Fits exposure and white balance of the frames to each other, for drifting light or "
            "an iris that moved."
        ),
        group="Clean plate",
    ),
    Parameter(
        name="refine",
        kind=Kind.BOOL,
        default=True,
        label="Refine",
        tooltip=(
            "With a moving camera, follows what a homography leaves, parallax above all, by dense "
            "flow on the background. It is left alone where that does not help."
        ),
        group="Clean plate",
    ),
    *(parameter for parameter in FILES_AND_MACHINE if parameter.name in _FILES),
)

CLEAN = Node(
    name="clean",
    label="Plate Key Clean",
    description=(
        "Builds the clean plate that a shot lacks: from frames without the subject, from the shot "
        "itself, or from a second pass of a moving camera."
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    parameters=PARAMETERS,
)
