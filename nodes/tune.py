"""The tune node: a shot in, weights of its own out, or the starting ones if nothing is better."""

from .declaration import Input, Kind, Node, Output, Parameter, Role
from .tune_learning import LEARNING_AND_MACHINE

INPUTS = (
    Input(
        "plate",
        "Plate",
        Role.PICTURE,
        "The shot that the weights are tuned to; two frames or more.",
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
        "keys",
        "Keys",
        Role.MATTE,
        (
            "Your own finished alphas of a few frames, numbered as their plates: A, or luminance. "
            "Three good ones teach more than anything else here."
        ),
    ),
    Input(
        "key_mask",
        "Key mask",
        Role.MATTE,
        "White where the key of that frame counts, if it is finished only in part.",
    ),
)

OUTPUTS = (
    Output(
        "weights",
        "Weights",
        (".safetensors",),
        (
            "What the matte node takes as weights, with its history in the header. Beside it the "
            "folder NAME.tune with checkpoints, log, sheet.png, curves.png and report.html."
        ),
    ),
)

_TUNE = (
    Parameter(
        name="weights",
        kind=Kind.PATH,
        default="",
        label="Start",
        tooltip=(
            "The weights that the tune starts from, and returns if nothing is better. Empty takes "
            "those that ship."
        ),
        group="Tune",
        example="a .safetensors file",
    ),
    Parameter(
        name="backgrounds",
        kind=Kind.PATH,
        default="",
        label="New backgrounds",
        tooltip=(
            "Folder of pictures that the subject is put over while it learns; the backgrounds of "
            "the show are best. Empty takes drawn patterns."
        ),
        group="Tune",
        example="a folder",
    ),
    Parameter(
        name="hours",
        kind=Kind.FLOAT,
        default=0.0,
        label="Hours",
        tooltip=(
            "When it ends, of all sessions together. It ends sooner if nothing gets better any "
            "more. 0 is a night of 8 hours, or no limit if steps are given."
        ),
        group="Tune",
        minimum=0.001,
        maximum=1000,
        unit="hours",
        automatic=0,
    ),
    Parameter(
        name="steps",
        kind=Kind.INT,
        default=0,
        label="Steps",
        tooltip="When it ends, counted in steps; 0 leaves it to the hours.",
        group="Tune",
        minimum=1,
        maximum=10**7,
        unit="steps",
        automatic=0,
    ),
    Parameter(
        name="most_frames",
        kind=Kind.INT,
        default=48,
        label="Frames looked at",
        tooltip=(
            "How many frames of a long shot are learned from, spread over it. More see more of "
            "the subject's motion and take longer to prepare, and disk while it runs."
        ),
        group="Tune",
        minimum=2,
        maximum=1000,
        unit="frames",
    ),
)

_TERMS = tuple(
    Parameter(
        name=name,
        kind=Kind.FLOAT,
        default=default,
        label=label,
        tooltip=tooltip,
        group="Weights of the loss",
        minimum=0.0,
        maximum=maximum,
    )
    for name, default, label, tooltip, maximum in (
        (
            "keys_weight",
            2.0,
            "Keys",
            "How much your keys count. Raise it if they are perfect, lower it if they are rough.",
            100.0,
        ),
        (
            "anchor",
            1.0,
            "Anchor",
            "How firmly it stays with the starting weights where those are sure.",
            100.0,
        ),
        (
            "leak",
            0.5,
            "Leak",
            "How much clean plate left in the foreground counts; alpha is wrong where there is.",
            100.0,
        ),
        (
            "temporal",
            0.5,
            "Temporal",
            "How much alpha has to move as the picture does. Raise it against flicker.",
            100.0,
        ),
        (
            "adversarial",
            0.02,
            "Adversary",
            (
                "How much composites over new backgrounds have to pass for filmed. More than 0.1 "
                "invents edges."
            ),
            10.0,
        ),
    )
)

TUNE = Node(
    name="tune",
    label="Plate Key Tune",
    description=(
        "Tunes the network's weights to one shot, overnight: from its own frames, and from your "
        "keys if there are any. Frames held out from the training decide; if nothing is better "
        "than the starting weights, those are returned and it says so."
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    parameters=_TUNE + _TERMS + LEARNING_AND_MACHINE,
)
