"""The matte node: plate and clean plate in, foreground and alpha out."""

from .declaration import Choice, Input, Kind, Node, Output, Parameter, Role

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
        ),
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
