"""The matte node: plate and clean plate in, foreground and alpha out."""

from .declaration import Choice, Input, Kind, Node, Output, Parameter, Role
from .matte_files import FILES_AND_MACHINE

INPUTS = (
    Input(
        "plate",
        "Plate",
        Role.PICTURE,
        "The shot: the subject in front of any background.",
        required=True,
    ),
    Input(
        "clean_plate",
        "Clean plate",
        Role.PICTURE,
        (
            "The same view without the subject. A single frame serves the whole shot if the "
            "camera is locked off."
        ),
        required=True,
    ),
    Input(
        "hint",
        "Alpha hint",
        Role.MATTE,
        (
            "A rough alpha, a roto or another keyer's, that says where the subject is: white is "
            "subject, black is background, grey is undecided."
        ),
    ),
    Input(
        "garbage",
        "Garbage matte",
        Role.MATTE,
        "White where there is surely no subject; alpha becomes 0 there.",
    ),
    Input(
        "holdout",
        "Holdout matte",
        Role.MATTE,
        "White where there is surely subject; alpha becomes 1 there.",
    ),
)

OUTPUTS = (
    Output(
        "rgba",
        "Foreground and alpha",
        ("R", "G", "B", "A"),
        "Premultiplied foreground and alpha, ready for a merge over.",
    ),
    Output(
        "fg",
        "Straight foreground",
        ("fg.R", "fg.G", "fg.B"),
        "The subject's own colour, not multiplied by alpha, for grading and despill.",
    ),
    Output("alpha", "Alpha", ("A",), "Coverage of the pixel by the subject, 0 to 1."),
    Output(
        "shadow",
        "Shadow and bounce",
        ("shadow.R", "shadow.G", "shadow.B"),
        (
            "What the subject did to the light on the background: plate over clean plate, 1 where "
            "nothing changed. Multiply the new background by it."
        ),
    ),
    Output(
        "confidence",
        "Confidence",
        ("confidence.Y",),
        "0 to 1: how sure the solve is. Dark areas are where to look first.",
    ),
)

PARAMETERS = (
    Parameter(
        name="method",
        kind=Kind.ENUM,
        default="difference",
        label="Method",
        tooltip="How alpha is found.",
        group="Matte",
        choices=(
            Choice(
                "difference",
                "Difference",
                "Solved from the difference to the clean plate; needs no training.",
            ),
            Choice(
                "network",
                "Network",
                (
                    "A network corrects what the difference says, with the weights that ship, or "
                    "those that train or tune wrote."
                ),
            ),
        ),
    ),
    Parameter(
        name="weights",
        kind=Kind.PATH,
        default="",
        label="Weights",
        tooltip=(
            "The network's weights, for the method network alone: what platekey train or tune "
            "wrote; empty for those that ship. Name and hash go to the header of every EXR."
        ),
        group="Matte",
        example="a .safetensors file",
    ),
    Parameter(
        name="tolerance",
        kind=Kind.FLOAT,
        default=3.0,
        label="Tolerance",
        tooltip=(
            "How far a pixel may be from the clean plate and still be background, in standard "
            "deviations of the noise. Raise it if grain or flicker shows in the matte's black; "
            "lower it if faint hair or motion blur is lost."
        ),
        group="Matte",
        minimum=0.5,
        maximum=20.0,
        unit="standard deviations",
        animatable=True,
    ),
    Parameter(
        name="edge_width",
        kind=Kind.INT,
        default=0,
        label="Edge width",
        tooltip=(
            "How far out from the solid subject soft edges are looked for, at full resolution. "
            "0 finds it from the picture. Raise it for long loose hair, wide motion blur or "
            "defocus; lower it to keep a hard edge tight."
        ),
        group="Matte",
        minimum=1,
        maximum=400,
        unit="pixels",
        automatic=0,
        animatable=True,
    ),
    Parameter(
        name="shadow_removal",
        kind=Kind.FLOAT,
        default=1.0,
        label="Shadow removal",
        tooltip=(
            "How much of the subject's shadow on the background is kept out of the matte. "
            "1 takes shadows as background and hands them over in the shadow pass; lower it if "
            "dark clothes turn transparent; 0 keys shadows as if they were subject."
        ),
        group="Matte",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
    Parameter(
        name="fill_holes",
        kind=Kind.BOOL,
        default=True,
        label="Fill holes",
        tooltip=(
            "Closes holes inside the subject where it happens to have the background's colour. "
            "Switch it off if you should see the background through the subject, between an arm "
            "and the body for example, and those gaps get filled."
        ),
        group="Matte",
        animatable=True,
    ),
    Parameter(
        name="align",
        kind=Kind.BOOL,
        default=True,
        label="Align",
        tooltip=(
            "Registers the clean plate to every plate frame, for small camera moves and weave. It "
            "is left alone where that does not help. Switch it off for renders that match exactly."
        ),
        group="Clean plate",
    ),
    Parameter(
        name="match_exposure",
        kind=Kind.BOOL,
        default=True,
        label="Match exposure",
        tooltip=(
            "Fits the clean plate's exposure and white balance to every plate frame, for drifting "
            "light or an iris that moved between the takes."
        ),
        group="Clean plate",
    ),
    *FILES_AND_MACHINE,
)

MATTE = Node(
    name="matte",
    label="Plate Key Matte",
    description=(
        "Solves alpha and foreground from a plate and its clean plate, in linear light, so that "
        "foreground x alpha + clean plate x (1 - alpha) is the plate again."
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    parameters=PARAMETERS,
)
