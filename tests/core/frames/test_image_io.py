import numpy as np
import OpenImageIO as oiio
import pytest

from platekey.core.errors import MissingFrame, UnreadableFile, UnsupportedChannels
from platekey.core.frames.frame import Attribute, Window
from platekey.core.frames.image_io import (
    HALF_MAX,
    count_movie_frames,
    is_whole,
    read_attributes,
    read_frame,
    read_header,
    write_frame,
)
from platekey.core.frames.layers import rgb
from platekey.core.options import Compression, Depth

LOSSLESS = [each for each in Compression if not each.value.startswith("dwa")]


def store(path, pixels, kind="half", tiles=0, **attributes):
    """Writes a picture with OpenImageIO alone."""
    pixels = np.asarray(pixels, np.float32)
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind)
    spec.tile_width = spec.tile_height = tiles
    for name, value in attributes.items():
        spec.attribute(name.replace("__", ":"), value)
    target = oiio.ImageOutput.create(str(path))
    assert target.open(str(path), spec), target.geterror()
    assert target.write_image(pixels), target.geterror()
    assert target.close()
    return str(path)


@pytest.mark.parametrize("depth", Depth)
@pytest.mark.parametrize("compression", LOSSLESS)
def test_pixels_survive_every_lossless_compression(tmp_path, rng, make_frame, depth, compression):
    pixels = rng.normal(0, 10, (37, 23, 3)).astype(np.float16).astype(np.float32)
    path = str(tmp_path / "a.exr")
    write_frame(make_frame(pixels), path, depth=depth, compression=compression)
    np.testing.assert_array_equal(read_frame(path).pixels, pixels)


@pytest.mark.parametrize("compression", [Compression.DWAA, Compression.DWAB])
def test_lossy_compressions_keep_a_picture_close(tmp_path, make_frame, compression):
    ramp = np.linspace(0, 4, 64 * 64 * 3, dtype=np.float32).reshape(64, 64, 3)
    path = str(tmp_path / "a.exr")
    write_frame(make_frame(ramp), path, compression=compression)
    np.testing.assert_allclose(read_frame(path).pixels, ramp, atol=0.05)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (13, 31)])
@pytest.mark.parametrize("origin", [(0, 0), (-5, 3), (1000, -1000)])
def test_windows_and_aspect_survive_at_odd_sizes(tmp_path, make_frame, size, origin):
    frame = make_frame(
        np.full((*size, 3), 0.5), at=origin, display=Window(-2, 4, 99, 51), pixel_aspect=1.5
    )
    path = str(tmp_path / "a.exr")
    write_frame(frame, path)
    read = read_frame(path)
    assert read.data_window == frame.data_window
    assert read.display_window == frame.display_window
    assert read.pixel_aspect == 1.5


def test_row_zero_is_the_top_of_the_data_window(exr_folder):
    path = exr_folder / "openexr-images/DisplayWindow/t08.exr"
    frame = read_frame(str(path))
    image = oiio.ImageBuf(str(path))
    assert frame.data_window == Window(30, 40, 400, 300)
    top_left, bottom_right = image.getpixel(30, 40), image.getpixel(429, 339)
    np.testing.assert_array_equal(frame.pixels[0, 0], np.float32(top_left))
    np.testing.assert_array_equal(frame.pixels[-1, -1], np.float32(bottom_right))


def test_negative_and_bright_values_nan_and_infinity_survive(tmp_path, make_frame):
    values = [-3.5, 0.0, 1000.0, np.nan, np.inf, -np.inf, HALF_MAX, -HALF_MAX, 6e-8]
    pixels = np.float16(values).astype(np.float32).reshape(3, 3, 1).repeat(3, axis=2)
    path = str(tmp_path / "a.exr")
    write_frame(make_frame(pixels), path)
    np.testing.assert_array_equal(read_frame(path).pixels, pixels)


def test_values_beyond_half_are_written_as_the_largest_half(tmp_path, make_frame):
    pixels = np.float32([65504, 65519, 65520, 1e30, -1e30, 1]).reshape(1, 2, 3)
    before = pixels.copy()
    write_frame(make_frame(pixels), str(tmp_path / "a.exr"))
    expected = np.float32([HALF_MAX] * 4 + [-HALF_MAX, 1]).reshape(1, 2, 3)
    np.testing.assert_array_equal(read_frame(str(tmp_path / "a.exr")).pixels, expected)
    np.testing.assert_array_equal(pixels, before)  # the caller's pixels are not touched


def test_float_keeps_what_half_cannot(tmp_path, make_frame):
    pixels = np.float32([1e30, -1e-30, 1 / 3]).reshape(1, 1, 3)
    write_frame(make_frame(pixels), str(tmp_path / "a.exr"), depth=Depth.FLOAT)
    np.testing.assert_array_equal(read_frame(str(tmp_path / "a.exr")).pixels, pixels)


def test_header_attributes_survive(tmp_path, make_frame):
    attributes = {
        "Copyright": "someone",
        "camera/lens": "50 mm",
        "take": 12,
        "isoSpeed": 800.0,
        "platekey/settings": '{"tolerance": 3.0}',
        "smpte:TimeCode": Attribute("timecode", (0x01020304, 0)),
        "worldToCamera": Attribute("matrix", tuple(float(n) for n in range(16))),
        "cropBox": Attribute("float[8]", tuple(float(n) for n in range(8))),
        "keywords": Attribute("string[2]", ("hair", "fur")),
    }
    path = str(tmp_path / "a.exr")
    write_frame(make_frame(np.zeros((2, 2, 3)), attributes=attributes), path)
    read = read_attributes(path)
    assert {name: read.get(name) for name in attributes} == attributes


def test_attributes_of_the_sources_storage_are_dropped(tmp_path):
    path = store(
        tmp_path / "a.exr", np.zeros((64, 64, 3)), tiles=16, compression="piz",
        openexr__lineOrder="randomY", oiio__subimagename="part", view="left", Make="ARRI",
    )  # fmt: skip
    kept = read_attributes(path)
    assert kept["Make"] == "ARRI"
    forbidden = ("oiio:", "openexr:", "compression", "name", "view", "tile", "Pixel")
    assert not [name for name in kept if name.startswith(forbidden)]


def test_the_colour_space_is_tagged_and_old_chromaticities_are_dropped(tmp_path, make_frame):
    wrong = {"chromaticities": Attribute("float[8]", (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.3, 0.3))}
    path = str(tmp_path / "a.exr")
    frame = make_frame(np.zeros((2, 2, 3)), colour_space="lin_ap1_scene", attributes=wrong)
    write_frame(frame, path)
    spec = oiio.ImageInput.open(path).spec()
    assert spec.get_string_attribute("colorInteropID") == "lin_ap1_scene"
    written = spec.getattribute("chromaticities")
    np.testing.assert_allclose(written[:2], (0.713, 0.293), atol=1e-6)
    assert read_frame(path).colour_space == "lin_ap1_scene"


def test_chromaticities_alone_name_the_space(tmp_path):
    spec = oiio.ImageSpec(2, 2, 3, "half")
    aces = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
    spec.attribute("chromaticities", "float[8]", aces)
    target = oiio.ImageOutput.create("a.exr")
    path = str(tmp_path / "a.exr")
    assert target.open(path, spec)
    assert target.write_image(np.zeros((2, 2, 3), np.float32))
    target.close()
    assert read_frame(path).colour_space == "lin_ap0_scene"


def test_layered_channels_are_written_and_read_by_layer(tmp_path, rng, make_frame):
    names = ("R", "G", "B", "A", "fg.R", "fg.G", "fg.B", "confidence.Y")
    pixels = rng.random((5, 4, 8)).astype(np.float16).astype(np.float32)
    path = str(tmp_path / "a.exr")
    write_frame(make_frame(pixels, names), path)
    whole = read_frame(path)
    np.testing.assert_array_equal(whole.select(*names), pixels)
    layer = read_frame(path, layer="fg")
    assert layer.channels == ("R", "G", "B")
    np.testing.assert_array_equal(layer.pixels, pixels[..., 4:7])
    np.testing.assert_array_equal(read_frame(path, layer="confidence").pixels, pixels[..., 7:])
    assert set(read_header(path).layers) == {"fg", "confidence"}


def test_an_unknown_layer_is_refused_with_the_known_ones(tmp_path, make_frame):
    path = str(tmp_path / "a.exr")
    write_frame(make_frame(np.zeros((1, 1, 3)), ("fg.R", "fg.G", "fg.B")), path)
    with pytest.raises(UnsupportedChannels, match=r"no layer 'bg'; its layers are: fg"):
        read_frame(path, layer="bg")


def test_a_part_with_colour_is_preferred_and_views_can_be_chosen(exr_folder):
    path = str(exr_folder / "openexr-images/Beachball/multipart.0001.exr")
    assert read_header(path).data_window.x == 654  # rgba_right, the first part
    assert read_header(path, layer="rgba_left").data_window.x == 688
    assert read_header(path, layer="left").channels[:3] == ("R", "G", "B")
    assert read_header(path, layer="whitebarmask").channels == ("mask",)
    single = str(exr_folder / "openexr-images/Beachball/singlepart.0001.exr")
    left = read_frame(single, layer="left")
    assert left.channels[:3] == ("R", "G", "B")
    assert not np.array_equal(rgb(left), rgb(read_frame(single)))


def test_whole_numbers_in_uint_channels_stay_whole_numbers(tmp_path):
    spec = oiio.ImageSpec(2, 1, 2, "float")
    spec.channelnames = ("G", "id")
    spec.channelformats = ("half", "uint")
    path = str(tmp_path / "a.exr")
    target = oiio.ImageOutput.create(path)
    assert target.open(path, spec)
    scaled = np.float32([[[0.5, 7 / 4294967295], [0.25, 0]]])  # OpenImageIO scales uint to 0..1
    assert target.write_image(scaled)
    target.close()
    frame = read_frame(path)
    np.testing.assert_allclose(frame.select("id")[0, :, 0], [7, 0])
    np.testing.assert_allclose(frame.select("G")[0, :, 0], [0.5, 0.25])


@pytest.mark.parametrize(
    ("name", "kind", "space", "step"),
    [
        ("a.png", "uint8", "srgb_rec709_scene", 1 / 255),
        ("a.png", "uint16", "srgb_rec709_scene", 1 / 65535),
        ("a.tif", "uint16", "srgb_rec709_scene", 1 / 65535),
        ("a.tif", "half", None, 1 / 1024),
        ("a.tif", "float", None, 0),
        ("a.hdr", "float", "lin_rec709_scene", 1 / 128),
        ("a.dpx", "uint16", None, 1 / 65535),
        ("a.jpg", "uint8", "srgb_rec709_scene", 0.06),
    ],
)
def test_other_formats_are_read_as_stored(tmp_path, name, kind, space, step):
    ramp = np.linspace(0.1, 0.9, 16 * 16, dtype=np.float32).reshape(16, 16, 1).repeat(3, axis=2)
    frame = read_frame(store(tmp_path / name, ramp, kind))
    np.testing.assert_allclose(frame.pixels, ramp, atol=step)
    assert frame.colour_space == space


@pytest.mark.parametrize(
    ("transfer", "space"),
    [("Linear", "lin_rec709_scene"), ("ITU-R 709-4", "ocio:itu709_rec709_scene")],
)
def test_a_film_scan_is_in_the_space_of_its_tag(tmp_path, transfer, space):
    path = store(tmp_path / "a.dpx", np.zeros((4, 4, 3)), "uint16", dpx__Transfer=transfer)
    assert read_frame(path).colour_space == space


def test_alpha_of_a_png_is_not_multiplied_in(tmp_path):
    pixels = np.full((2, 2, 4), 0.5, np.float32)
    path = store(tmp_path / "a.png", pixels, "uint16", oiio__UnassociatedAlpha=1)
    np.testing.assert_allclose(read_frame(path).pixels, pixels, atol=1e-4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_stored_rotations_are_undone(tmp_path, rng, orientation):
    pixels = rng.random((3, 5, 3)).astype(np.float32)
    path = store(tmp_path / "a.tif", pixels, "float", Orientation=orientation)
    reference = oiio.ImageBufAlgo.reorient(oiio.ImageBuf(path)).get_pixels("float")
    frame = read_frame(path)
    np.testing.assert_array_equal(frame.pixels, reference)
    assert (frame.data_window.height, frame.data_window.width) == reference.shape[:2]


def test_a_picture_that_openimageio_plays_as_a_movie_is_read_by_frame(tmp_path):
    path = str(tmp_path / "a.gif")
    spec = oiio.ImageSpec(8, 8, 3, "uint8")
    target = oiio.ImageOutput.create(path)
    assert target.open(path, (spec, spec, spec))
    for number in range(3):
        assert not number or target.open(path, spec, "AppendSubimage")
        assert target.write_image(np.full((8, 8, 3), number / 2, np.float32))
    target.close()
    assert count_movie_frames(path) == 3
    values = [read_frame(path, movie_frame=number).pixels[0, 0, 0] for number in range(3)]
    np.testing.assert_allclose(values, [0, 0.5, 1], atol=0.01)


def test_a_missing_file_a_folder_and_an_empty_file_are_told_apart(tmp_path):
    (tmp_path / "empty.exr").touch()
    with pytest.raises(MissingFrame, match="does not exist"):
        read_frame(str(tmp_path / "none.exr"))
    with pytest.raises(UnreadableFile, match="is a folder"):
        read_frame(str(tmp_path))
    with pytest.raises(UnreadableFile, match=r"is empty \(0 bytes\)"):
        read_frame(str(tmp_path / "empty.exr"))


@pytest.mark.parametrize("extension", ["exr", "png", "tif", "jpg", "dpx", "hdr"])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.97])
def test_a_file_that_breaks_off_is_refused(tmp_path, rng, extension, share):
    kind = {"exr": "half", "hdr": "float", "jpg": "uint8"}.get(extension, "uint16")
    path = tmp_path / f"a.{extension}"
    store(path, rng.random((96, 96, 3)), kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UnreadableFile, match=r"cannot be read \(.+\); render or copy it again"):
        read_frame(str(path))
    assert not is_whole(str(path))


def test_a_file_with_damage_in_the_middle_is_refused(tmp_path, rng, make_frame):
    path = tmp_path / "a.exr"
    write_frame(make_frame(rng.random((128, 128, 3))), str(path))
    damaged = bytearray(path.read_bytes())
    middle = len(damaged) // 2
    damaged[middle : middle + 2000] = bytes(2000)
    path.write_bytes(damaged)
    with pytest.raises(UnreadableFile):
        read_frame(str(path))


def test_a_picture_larger_than_can_be_held_is_refused_by_its_header(tmp_path):
    header = read_header(store(tmp_path / "a.exr", np.zeros((2, 2, 3))))
    assert header.data_window == Window(0, 0, 2, 2)
    raw = (tmp_path / "a.exr").read_bytes()
    window = b"dataWindow\0box2i\0\x10\0\0\0"
    at = raw.index(window) + len(window)
    huge = np.int32([0, 0, 999_999, 999_999]).tobytes()
    (tmp_path / "a.exr").write_bytes(raw[:at] + huge + raw[at + 16 :])
    with pytest.raises(UnreadableFile):
        read_frame(str(tmp_path / "a.exr"))


def test_a_written_file_is_whole_and_a_missing_one_is_not(tmp_path, make_frame):
    path = str(tmp_path / "a.exr")
    assert not is_whole(path)
    write_frame(make_frame(np.zeros((40, 40, 3))), path)
    assert is_whole(path)
    assert is_whole(store(tmp_path / "a.png", np.zeros((4, 4, 3)), "uint8"))


def test_a_file_whose_chunk_table_has_holes_is_not_whole(tmp_path, make_frame):
    path = tmp_path / "a.exr"
    write_frame(make_frame(np.zeros((64, 64, 3))), str(path))
    raw = bytearray(path.read_bytes())
    first = int(np.frombuffer(raw, np.uint8).size)
    offsets = [
        at for at in range(8, first - 8) if raw[at : at + 8] == (at + 32).to_bytes(8, "little")
    ]
    assert len(offsets) == 1, "the table of four chunks is followed by the first chunk"
    raw[offsets[0] + 24 : offsets[0] + 32] = bytes(8)
    path.write_bytes(raw)
    assert not is_whole(str(path))


def test_a_png_that_was_converted_is_not_linear_for_a_left_over_tag(tmp_path):
    """oiiotool --colorconvert carries the id of the EXR into the PNG's texts."""
    grey = np.full((2, 2, 3), 0.5)
    tags = {"colorInteropID": "lin_rec709_scene", "oiio__ColorSpace": "srgb_rec709_scene"}
    converted = store(tmp_path / "a.png", grey, "uint8", **tags)
    assert read_header(converted).colour_space == "srgb_rec709_scene"
    linear = dict.fromkeys(tags, "lin_rec709_scene")
    kept = store(tmp_path / "b.png", grey, "uint16", **linear)
    assert read_header(kept).colour_space == "lin_rec709_scene"
