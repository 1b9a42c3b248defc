"""The settings of the comp node that concern the new scene: light, lens, grain, output."""

from .declaration import Choice, Kind, Parameter
from .matte import MATTE

_SHARED = ("nonfinite", "passes", "depth", "compression", "device")  # as the matte node has them

SCENE = (
    Parameter(
        name="match_exposure",
        kind=Kind.FLOAT,
        default=0.0,
        label="Match exposure",
        tooltip=(
            "Brings the subject to the new background's exposure, measured once at the shot's "
            "first frame."
        ),
        group="Light",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
    Parameter(
        name="match_colour",
        kind=Kind.FLOAT,
        default=0.0,
        label="Match colour",
        tooltip=(
            "Brings the subject to the new background's white balance, measured once at the "
            "shot's first frame."
        ),
        group="Light",
        minimum=0.0,
        maximum=1.0,
        animatable=True,
    ),
    Parameter(
        name="foreground_grey",
        kind=Kind.STRING,
        default="",
        label="Grey in the foreground",
        tooltip=(
            "A pixel of the foreground that is a neutral grey, as x,y from the top left of the "
            "picture. Set both greys and the match takes one to the other instead of going by "
            "averages."
        ),
        group="Light",
        pattern=r"\s*-?\d+\s*,\s*-?\d+\s*",
        example="x,y in whole pixels, such as 960,540",
    ),
    Parameter(
        name="background_grey",
        kind=Kind.STRING,
        default="",
        label="Grey in the background",
        tooltip=(
            "A pixel of the background that is a neutral grey, as x,y from the top left of the "
            "picture as it is composited. Set both greys and the match takes one to the other "
            "instead of going by averages."
        ),
        group="Light",
        pattern=r"\s*-?\d+\s*,\s*-?\d+\s*",
        example="x,y in whole pixels, such as 960,540",
    ),
    Parameter(
        name="wrap",
        kind=Kind.FLOAT,
        default=0.0,
        label="Light wrap",
        tooltip=(
            "How strongly the new background's light bleeds over the subject's edge; lamps and "
            "sky above 1 count in full. 1 is strong."
        ),
        group="Light",
        minimum=0.0,
        maximum=4.0,
        animatable=True,
    ),
    Parameter(
        name="wrap_radius",
        kind=Kind.FLOAT,
        default=20.0,
        label="Light wrap radius",
        tooltip="How far that light reaches into the subject.",
        group="Light",
        minimum=0.0,
        maximum=500.0,
        unit="pixels",
        animatable=True,
    ),
    Parameter(
        name="shadow",
        kind=Kind.FLOAT,
        default=1.0,
        label="Shadow",
        tooltip=(
            "How strongly the subject's own shadow and reflection, as the matte node measured "
            "them, fall on the new background. 0 leaves them out, for a background without the "
            "old floor; 2 is twice the stops."
        ),
        group="Light",
        minimum=0.0,
        maximum=2.0,
        animatable=True,
    ),
    Parameter(
        name="shadow_softness",
        kind=Kind.FLOAT,
        default=0.0,
        label="Shadow softness",
        tooltip="Blurs that shadow further, for softer light in the new scene.",
        group="Light",
        minimum=0.0,
        maximum=500.0,
        unit="pixels",
        animatable=True,
    ),
    Parameter(
        name="defocus",
        kind=Kind.FLOAT,
        default=0.0,
        label="Defocus",
        tooltip=(
            "Radius of a point of the background that is out of focus. Worked in linear light, "
            "so highlights grow to discs; the subject and its hair stay sharp."
        ),
        group="Lens",
        minimum=0.0,
        maximum=300.0,
        unit="pixels",
        animatable=True,
    ),
    Parameter(
        name="kernel",
        kind=Kind.ENUM,
        default="disc",
        label="Bokeh",
        tooltip="The shape of a highlight out of focus.",
        group="Lens",
        choices=(
            Choice("disc", "Disc", "A wide-open round iris."),
            Choice("polygon", "Polygon", "An iris of straight blades."),
            Choice("anamorphic", "Anamorphic", "An upright oval."),
        ),
    ),
    Parameter(
        name="blades",
        kind=Kind.INT,
        default=6,
        label="Blades",
        tooltip="Corners of the polygon.",
        group="Lens",
        minimum=3.0,
        maximum=16.0,
        unit="blades",
    ),
    Parameter(
        name="rotation",
        kind=Kind.FLOAT,
        default=0.0,
        label="Rotation",
        tooltip="Turns the polygon, counter-clockwise.",
        group="Lens",
        minimum=-360.0,
        maximum=360.0,
        unit="degrees",
        animatable=True,
    ),
    Parameter(
        name="squeeze",
        kind=Kind.FLOAT,
        default=2.0,
        label="Squeeze",
        tooltip="How much higher than wide the anamorphic oval is.",
        group="Lens",
        minimum=1.0,
        maximum=4.0,
        animatable=True,
    ),
    Parameter(
        name="focus",
        kind=Kind.FLOAT,
        default=0.0,
        label="Focus distance",
        tooltip=(
            "The distance that stays sharp, in the unit of the depth input. Needed with a depth"
            " input, else unused."
        ),
        group="Lens",
        minimum=0.0,
        maximum=1000000000.0,
        animatable=True,
    ),
    Parameter(
        name="grain",
        kind=Kind.ENUM,
        default="off",
        label="Grain",
        tooltip="What happens to the grain.",
        group="Grain",
        choices=(
            Choice("off", "Off", "Both keep what they have."),
            Choice(
                "match",
                "Match",
                (
                    "The subject gets as much grain as the new background has, and the background "
                    "keeps its own through a defocus."
                ),
            ),
            Choice(
                "regrain",
                "Regrain",
                "The whole composite gets the plate's grain where it has less.",
            ),
        ),
    ),
    Parameter(
        name="grain_amount",
        kind=Kind.FLOAT,
        default=1.0,
        label="Grain amount",
        tooltip="Strength of the grain that is added.",
        group="Grain",
        minimum=0.0,
        maximum=4.0,
        animatable=True,
    ),
    Parameter(
        name="fit",
        kind=Kind.ENUM,
        default="fill",
        label="Background fit",
        tooltip="How a background of another format is placed.",
        group="Output",
        choices=(
            Choice("fill", "Fill", "Scaled until it covers the picture, and centred."),
            Choice(
                "none",
                "As it is",
                "Pixel for pixel, centred; its edge is repeated where it is too small.",
            ),
        ),
    ),
    Parameter(
        name="colorspace",
        kind=Kind.STRING,
        default="",
        label="Colour space",
        tooltip="OCIO name of the space of plate and clean plate; empty takes what the file says.",
        group="Output",
        example="any OCIO name, such as ARRI LogC4",
    ),
    Parameter(
        name="background_space",
        kind=Kind.STRING,
        default="",
        label="Background space",
        tooltip="OCIO name of the space of the background; empty takes what the file says.",
        group="Output",
        example="any OCIO name, such as ARRI LogC4",
    ),
    *(MATTE.parameter(name) for name in _SHARED),
)
