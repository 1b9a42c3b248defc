"""What is handed over as a file and what is rendered, and what tells two results apart."""

import nuke
import pytest

from platekey.core.errors import InputError
from platekey.plugin.nuke import create
from platekey.plugin.nuke.order import order_of, plain_file


@pytest.fixture
def node(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_CACHE", tmp_path.as_posix())
    nuke.reset()
    matte = nuke.nodePaste(create.path_of("PlateKeyMatte"))
    matte.setInput(0, nuke.createNode("Read", file="/shot/plate.####.exr"))
    matte.setInput(1, nuke.createNode("Read", file="/shot/clean.exr"))
    return matte


def test_plain_reads_are_named_and_nothing_is_rendered(node, tmp_path):
    order = order_of(node)
    assert order.arguments["plate"] == "/shot/plate.####.exr"
    assert order.arguments["clean_plate"] == "/shot/clean.exr"
    assert order.rendered == ()
    assert order.result == f"{tmp_path.as_posix()}/{order.signature}/matte.%04d.exr"
    assert order.arguments["options"]["passes"] == "exr"


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("file", "/shot/plate.####.dpx"),
        ("file", "[value root.name]/plate.####.exr"),
        ("premultiplied", True),
        ("disable", True),
        ("frame_mode", "offset"),
        ("frame", "frame-10"),
        ("colorspace", "ARRI LogC4"),
    ],
)
def test_a_read_that_nuke_changes_is_rendered(node, knob, value):
    read = node.input(0)
    assert plain_file(read)
    read[knob].setValue(value)
    assert plain_file(read) == ""
    order = order_of(node)
    assert order.rendered == ("plate",)
    assert order.arguments["plate"] == f"{order.folder}/plate.%04d.exr"


def test_every_setting_and_input_has_a_result_of_its_own(node):
    signatures = [order_of(node).signature]
    node["fill_holes"].setValue(False)
    signatures.append(order_of(node).signature)
    node.setInput(2, nuke.createNode("Read", file="/shot/hint.####.exr"))
    signatures.append(order_of(node).signature)
    assert len(set(signatures)) == 3
    node["output"].setValue("alpha")  # shows something else of the same result
    assert order_of(node).signature == signatures[-1]


def test_the_working_space_is_passed_on(node):
    assert order_of(node).arguments["options"]["colorspace"] == ""
    nuke.root()["colorManagement"].setValue("OCIO")
    nuke.root()["workingSpaceLUT"].setValue("ACEScg")
    assert order_of(node).arguments["options"]["colorspace"] == "ACEScg"
    node["colorspace"].setValue("lin_rec709_scene")
    assert order_of(node).arguments["options"]["colorspace"] == "lin_rec709_scene"


def test_a_missing_plate_is_said(node):
    node.setInput(0, None)
    with pytest.raises(InputError, match="Plate is not connected"):
        order_of(node)
