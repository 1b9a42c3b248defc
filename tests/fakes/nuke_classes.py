"""The node classes and knobs that are known to exist, with where each was seen.

Foundry's documentation ("reference": learn.foundry.com/nuke/content/reference_guide, the page of
the node), scripts that Nuke saved and people published ("saved"), the Python guide ("python").
"""

EVERY = {  # python: Node, "knobs of every node"
    "name", "label", "tile_color", "xpos", "ypos", "selected", "disable", "knobChanged", "onCreate",
    "note_font",
}  # fmt: skip
_EXPRESSIONS = {f"expr{number}" for number in range(4)} | {
    f"channel{number}" for number in range(4)
}
_TEMPORARY = {f"temp_{part}{number}" for part in ("name", "expr") for number in range(4)}
CLASSES = {  # class: (knobs, source)
    "Group": (set(), "saved: every published gizmo"),
    "Input": ({"number"}, "saved: every published gizmo with two inputs"),
    "Output": (set(), "saved: every published gizmo"),
    "Read": (
        {
            "file", "file_type", "first", "last", "before", "after", "origfirst", "origlast",
            "origset", "on_error", "raw", "colorspace", "premultiplied", "frame_mode", "frame",
            "reload", "format",
        },
        "reference: image_nodes/read; saved: on_error black, origset true, before hold",
    ),
    "Write": (
        {
            "channels", "file", "file_type", "datatype", "compression", "raw", "colorspace",
            "create_directories", "metadata", "autocrop", "first", "last", "use_limit",
        },
        "reference: image_nodes/write; saved: create_directories true, datatype, compression",
    ),
    "Switch": ({"which"}, "reference: merge_nodes/switch; saved: which {{parent.direction}}"),
    "Expression": (_EXPRESSIONS | _TEMPORARY, "reference: color_nodes/expression; saved: expr0"),
    "MergeExpression": (
        _EXPRESSIONS | _TEMPORARY,
        "reference: merge_nodes/mergeexpression; saved: expr0 Ar+Br",
    ),
    "Copy": (
        {f"{way}{number}" for way in ("from", "to") for number in range(4)},
        "reference: channel_nodes/copy; saved: from0 rgba.alpha, to0 matte_screen01.a",
    ),
    "CatFileCreator": (
        {"torchScriptFile", "catFile", "channelsIn", "channelsOut", "modelId", "createCatFile"},
        "developers: catfilecreationreferenceguide; python: published scripts press createCatFile",
    ),
    "Inference": (
        {"modelFile", "useGPUIfAvailable", "serialiseKnob"},
        "reference: air_nodes/inference; saved: modelFile, serialiseKnob",
    ),
    "Blur": (
        {"channels", "size", "filter", "quality", "crop"},
        "reference: filter_nodes/blur",
    ),
    "Constant": (
        {"channels", "color", "format", "postage_stamp"},
        'saved: CatsEyeDefocus, channels rgb, format "255 255 0 0 255 255 1 256x256"',
    ),
    "Crop": (
        {"box", "softness", "reformat", "intersect", "crop"},
        "reference: transform_nodes/crop; saved: box {0 0 {input.width} {input.height}}",
    ),
    "Convolve2": (
        {
            "channels", "filter_channel", "use_input_channels", "filter_bounds", "normalize",
            "useGPUIfAvailable",
        },
        "reference: filter_nodes/convolve; saved: CatsEyeDefocus, inputs image and filter, "
        "channels rgba, filter_channel rgba.red",
    ),
}  # fmt: skip
VALUES = {  # class, knob: what an enumeration takes
    ("Read", "before"): {"hold", "loop", "bounce", "black"},
    ("Read", "after"): {"hold", "loop", "bounce", "black"},
    ("Read", "on_error"): {"error", "black", "checkerboard", "nearest frame"},
    ("Write", "datatype"): {"16 bit half", "32 bit float"},
    ("Write", "compression"): {"none", "Zip (1 scanline)", "Zip (16 scanlines)", "PIZ Wavelet"},
    ("Write", "file_type"): {"exr"},
    ("Read", "file_type"): {"exr"},
    ("Blur", "filter"): {"box", "triangle", "quadratic", "gaussian"},
}
USER_TYPES = {1, 2, 3, 4, 6, 7, 20, 22, 26}  # saved: published gizmos have every one
FLAGS = {"+STARTLINE", "-STARTLINE", "+INVISIBLE", "+HIDDEN", "+DISABLED"}


def knobs_of(kind):
    """The knobs of a class; KeyError for one that is not known."""
    return CLASSES[kind][0] | EVERY
