"""The settings of the comp node that concern the subject: despill, edge, additive keyer."""

from .declaration import Choice, Kind, Parameter

SUBJECT = (
    Parameter(
        name="despill",
        kind=Kind.ENUM,
        default="clean_plate",
        label="Despill",
        tooltip="How the old background's colour is taken out of the subject.",
        group="Despill",
        choices=(
            Choice("off", "Off", "The foreground is used as it is."),
            Choice(
                "clean_plate",
                "Clean plate",
                (
                    "For a background of any colour: in soft edges its light is measured against "
                    "the subject's own colours and exchanged for the new background's. Needs the "
                    "clean plate."
                ),
            ),
            Choice(
                "average",
                "Average",
                "Classic: the screen's channel is at most the mean of the other two.",
            ),
            Choice(
                "double_average",
                "Double average",
                "Classic, gentler: the larger of the other two counts twice.",
            ),
            Choice("max", "Max", "Classic, gentlest: at most the larger of the other two."),
            Choice("red", "Limit by red", "Classic: at most red, or green on a red screen."),
            Choice(
                "blue", "Limit by blue", "Classic, strong: at most blue, or green on a blue screen."
            ),
        ),
    ),
    Parameter(
        name="despill_amount",
        kind=Kind.FLOAT,
        default=1.0,
        label="Despill amount",
        tooltip=(
            "How much of the spill is removed. Lower it if edges take on the opposite colour; "
            "raise it above 1 if some spill stays."
        ),
        group="Despill",
        minimum=0.0,
        maximum=2.0,
        animatable=True,
    ),
    Parameter(
        name="bounce",
        kind=Kind.FLOAT,
        default=0.0,
        label="Bounce",
        tooltip=(
            "How much of the clean plate's colour is taken out of the opaque subject as well, "
            "where it shines on it. It can't know a subject that has the background's colour: "
            "raise it by eye, to 1 for what is surely bounce, to 2 for hair that a bright screen "
            "shines through. Works with the clean plate despill; the classic ones always do this."
        ),
        group="Despill",
        minimum=0.0,
        maximum=2.0,
        animatable=True,
    ),
    Parameter(
        name="spill_luminance",
        kind=Kind.FLOAT,
        default=0.0,
        label="Restore luminance",
        tooltip=(
            "How much of the brightness that the despill took is given back, as grey light. "
            "Raise it if hair or edges turn dark."
        ),
        group="Despill",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
    Parameter(
        name="skin_protection",
        kind=Kind.FLOAT,
        default=0.5,
        label="Skin protection",
        tooltip=(
            "How far the bounce control and the classic despills leave skin alone. Raise it if "
            "faces turn magenta or grey; lower it if spill stays on skin."
        ),
        group="Despill",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
    Parameter(
        name="screen",
        kind=Kind.ENUM,
        default="auto",
        label="Screen",
        tooltip="Which channel the classic despills limit.",
        group="Despill",
        choices=(
            Choice(
                "auto",
                "Automatic",
                "The channel that dominates the clean plate; green without one.",
            ),
            Choice("green", "Green", "A green screen."),
            Choice("blue", "Blue", "A blue screen."),
            Choice("red", "Red", "A red screen."),
        ),
    ),
    Parameter(
        name="choke",
        kind=Kind.FLOAT,
        default=0.0,
        label="Choke",
        tooltip=(
            "Moves the edge of alpha inwards, outwards if negative, in steps as fine as you "
            "like. Raise it against a rim of the old background; a little goes far."
        ),
        group="Edge",
        minimum=-50.0,
        maximum=50.0,
        unit="pixels",
        animatable=True,
    ),
    Parameter(
        name="edge_blur",
        kind=Kind.FLOAT,
        default=0.0,
        label="Blur",
        tooltip=(
            "Softens alpha within the edge matte; the core stays solid. Raise it for a subject "
            "that is softer than its matte. The figure is the blur's standard deviation."
        ),
        group="Edge",
        minimum=0.0,
        maximum=50.0,
        unit="pixels",
        animatable=True,
    ),
    Parameter(
        name="alpha_gamma",
        kind=Kind.FLOAT,
        default=1.0,
        label="Alpha gamma",
        tooltip=(
            "Above 1 thickens what is half transparent (hair, motion blur), below 1 thins it; "
            "solid and empty stay."
        ),
        group="Edge",
        minimum=0.1,
        maximum=10.0,
        animatable=True,
    ),
    Parameter(
        name="edge_width",
        kind=Kind.FLOAT,
        default=3.0,
        label="Edge width",
        tooltip=(
            "How far the edge matte reaches to both sides of the silhouette; blur, extension "
            "and fringe repair work in it. 0 is the half transparent pixels alone."
        ),
        group="Edge",
        minimum=0.0,
        maximum=100.0,
        unit="pixels",
        animatable=True,
    ),
    Parameter(
        name="extend",
        kind=Kind.FLOAT,
        default=0.0,
        label="Extend colour",
        tooltip=(
            "Replaces the colour of the edge by the colour of the core beside it. Raise it when"
            " edges keep a wrong colour that despill does not get; it costs the edge's own "
            "detail."
        ),
        group="Edge",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
    Parameter(
        name="dark_fringe",
        kind=Kind.FLOAT,
        default=0.0,
        label="Dark fringe",
        tooltip=(
            "Lifts an edge that is darker than the core beside it. Raise it against dark "
            "outlines on a bright background."
        ),
        group="Edge",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
    Parameter(
        name="bright_fringe",
        kind=Kind.FLOAT,
        default=0.0,
        label="Bright fringe",
        tooltip=(
            "Lowers an edge that is brighter than the core beside it. Raise it against light "
            "outlines on a dark background; it also takes real rim light."
        ),
        group="Edge",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
    Parameter(
        name="additive",
        kind=Kind.FLOAT,
        default=0.0,
        label="Additive",
        tooltip=(
            "Adds back the light that the matte lost: plate minus clean plate, times this. For "
            "smoke, glass, spray and the finest hair; 1 is as in the plate. Needs plate and "
            "clean plate."
        ),
        group="Additive",
        minimum=0.0,
        maximum=4.0,
        animatable=True,
    ),
    Parameter(
        name="additive_dark",
        kind=Kind.FLOAT,
        default=0.0,
        label="Additive, dark part",
        tooltip=(
            "The same for what got darker than the clean plate: the new background is darkened "
            "in proportion. For dark smoke and glass; shadows that are carried over are not "
            "counted twice."
        ),
        group="Additive",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
)
