"""The comp node: a solved foreground and a new background in, a composite out."""

from .comp_scene import SCENE
from .comp_subject import SUBJECT
from .declaration import Input, Node, Output, Role

INPUTS = (
    Input(
        "foreground",
        "Foreground",
        Role.PICTURE,
        (
            "What the matte node wrote: premultiplied R G B and A, with its layers fg, shadow and "
            "confidence. Any keyer's premultiplied R G B A will do, with fewer of the controls."
        ),
        required=True,
    ),
    Input(
        "background",
        "Background",
        Role.PICTURE,
        "The new background, of any size; a single frame serves the whole shot.",
        required=True,
    ),
    Input(
        "plate",
        "Plate",
        Role.PICTURE,
        "The shot that was matted; the additive keyer and the grain need it.",
    ),
    Input(
        "clean_plate",
        "Clean plate",
        Role.PICTURE,
        "The plate without the subject; the despill and the additive keyer need it.",
    ),
    Input(
        "zdepth",
        "Depth",
        Role.MATTE,
        "Distance of the new background's pixels from the camera, for a defocus that follows it.",
    ),
    Input(
        "holdout",
        "Holdout matte",
        Role.MATTE,
        "White where something of the new scene stands before the subject.",
    ),
)

OUTPUTS = (
    Output(
        "comp",
        "Composite",
        ("R", "G", "B", "A"),
        "The subject over the new background; A is 1 over a background without an alpha.",
    ),
    Output(
        "fg",
        "Premultiplied foreground",
        ("fg.R", "fg.G", "fg.B", "fg.A"),
        (
            "The subject with everything that was done to it, light wrap included: over the "
            "background times the shadow it is the composite."
        ),
    ),
    Output(
        "spill",
        "Spill",
        ("spill.R", "spill.G", "spill.B"),
        (
            "The old background's light that the despill took out, premultiplied; negative where "
            "the matte had taken too much."
        ),
    ),
    Output(
        "shadow",
        "Shadow",
        ("shadow.R", "shadow.G", "shadow.B"),
        "What the new background was multiplied by, 1 where nothing falls.",
    ),
    Output("core", "Core matte", ("core.Y",), "The solid subject, inside of its edge."),
    Output("edge", "Edge matte", ("edge.Y",), "Where the edge controls work."),
)

COMP = Node(
    name="comp",
    label="Plate Key Comp",
    description=(
        "Puts a solved subject over a new background, in linear light: despill, edge, light wrap, "
        "the subject's own shadow, defocus, grain, merge."
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    parameters=SUBJECT + SCENE,
)
