import numpy as np
import PyOpenColorIO as ocio
import pytest

from platekey.core.colour.colour import (
    config_name,
    convert,
    from_working,
    output_space,
    resolve_input_space,
    to_working,
)
from platekey.core.errors import ColourSpaceError, OutOfMemory
from platekey.core.frames.frame import Attribute

# The code value of an 18 % grey card, as each maker publishes it.
MID_GREY = {
    "ARRI LogC3 (EI800)": 0.391007,  # ALEXA LogC curve, 2011
    "ARRI LogC4": 0.278396,  # LogC4 specification, 2022
    "S-Log3 S-Gamut3.Cine": 420 / 1023,  # Sony technical summary for S-Log3
    "S-Log3 S-Gamut3": 420 / 1023,
    "Log3G10 REDWideGamutRGB": 1 / 3,  # REDWideGamutRGB and Log3G10 white paper
    "V-Log V-Gamut": 0.423311,  # V-Log/V-Gamut reference manual
    "ACEScct": 0.4135884,  # S-2016-001
}
ALIASES = {
    "LogC3": "ocio:arrilogc3_awg3_scene",
    "logc4": "ocio:arrilogc4_awg4_scene",
    "S-Log3": "ocio:slog3_sgamut3cine_scene",
    "Log3G10": "ocio:redlog3g10_rwg_scene",
    "V-Log": "ocio:vlog_vgamut_scene",
    "acescct": "ocio:acescct_ap1_scene",
    "ACES - ACEScg": "lin_ap1_scene",
    "acescg": "lin_ap1_scene",
    "sRGB": "srgb_rec709_scene",
    "Utility - Linear - sRGB": "lin_rec709_scene",
    "linear rec709": "lin_rec709_scene",
    "rec709": "ocio:itu709_rec709_scene",
}
LINEAR = ("lin_rec709_scene", "lin_ap0_scene", "lin_ap1_scene", "lin_rec2020_scene")


@pytest.fixture(autouse=True)
def built_in_config(monkeypatch):
    monkeypatch.delenv("OCIO", raising=False)


@pytest.fixture
def frame(make_frame):
    def make(**more):
        return make_frame(np.zeros((1, 1, 3)), path="plate.exr", **more)

    return make


def show_config(tmp_path, *, linked):
    """A studio's own small config, linked to the others by the ACES role or not."""
    config = ocio.Config()
    config.setVersion(2, 1)
    reference = ocio.ColorSpace(name="show_linear", encoding="scene-linear")
    if linked:
        aces = ocio.ColorSpace(name="aces_linear", encoding="scene-linear")
        config.addColorSpace(aces)
        config.setRole("aces_interchange", "aces_linear")
    gamma = ocio.ColorSpace(name="show_gamma")
    exponent = ocio.ExponentTransform([2.0, 2.0, 2.0, 1.0])
    gamma.setTransform(exponent, ocio.ColorSpaceDirection.COLORSPACE_DIR_TO_REFERENCE)
    config.addColorSpace(reference)
    config.addColorSpace(gamma)
    config.setRole("scene_linear", "aces_linear" if linked else "show_linear")
    config.setRole("default", "show_linear")
    path = tmp_path / "show.ocio"
    path.write_text(config.serialize())
    return str(path)


@pytest.mark.parametrize(("space", "code"), MID_GREY.items())
def test_mid_grey_of_every_camera_is_18_percent(space, code):
    grey = to_working(np.full((1, 1, 3), code, np.float32), space)
    np.testing.assert_allclose(grey, 0.18, rtol=2e-3)


def test_srgb_follows_its_standard():
    codes = np.float32([0.0, 0.04, 0.5, 1.0])
    expected = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    pixels = np.repeat(codes.reshape(1, 4, 1), 3, axis=2)
    np.testing.assert_allclose(to_working(pixels, "sRGB")[0, :, 0], expected, atol=1e-6)


def test_rec709_primaries_become_the_published_acescg_numbers():
    red = convert(np.float32([[[1, 0, 0]]]), "lin_rec709_scene", "ACEScg")
    np.testing.assert_allclose(red[0, 0], [0.61309740, 0.07019372, 0.02061559], atol=2e-5)


@pytest.mark.parametrize("space", [*MID_GREY, "sRGB", "rec709", *LINEAR])
def test_there_and_back_is_the_same(rng, space):
    pixels = rng.uniform(0.1, 0.8, (7, 5, 3)).astype(np.float32)
    there = to_working(pixels, space)
    np.testing.assert_allclose(from_working(there, space), pixels, atol=2e-3)
    assert there.dtype == np.float32


@pytest.mark.parametrize("source", LINEAR)
@pytest.mark.parametrize("target", LINEAR)
def test_linear_conversions_clamp_nothing_and_are_linear(rng, source, target):
    pixels = rng.normal(0, 5, (4, 4, 3)).astype(np.float32)
    once = convert(pixels, source, target)
    np.testing.assert_allclose(convert(pixels * 4096, source, target), once * 4096, rtol=1e-4)
    np.testing.assert_allclose(convert(-pixels, source, target), -once, rtol=1e-4)


@pytest.mark.parametrize("space", ["sRGB", "rec709", "ACEScct", "V-Log V-Gamut"])
def test_values_beyond_the_encodings_range_survive(space):
    bright, dark = to_working(np.float32([[[1.2] * 3, [-0.05] * 3]]), space)[0]
    assert (bright > to_working(np.ones((1, 1, 3), np.float32), space)[0, 0]).all()
    assert (dark < 0).all()


@pytest.mark.parametrize("space", ["sRGB", "ACEScct", "lin_ap0_scene", "ARRI LogC4"])
def test_a_nan_stays_in_its_pixel(space):
    pixels = np.full((3, 9, 3), 0.25, np.float32)
    clean = convert(pixels, space, "lin_rec709_scene")
    pixels[1, 4] = [np.nan, 0.25, np.inf]
    found = convert(pixels, space, "lin_rec709_scene")
    assert np.isnan(found[1, 4]).any()
    found[1, 4] = clean[1, 4]
    np.testing.assert_array_equal(found, clean)


def test_the_given_pixels_are_not_changed():
    pixels = np.full((2, 2, 3), 0.5, np.float32)
    to_working(pixels, "sRGB")
    assert (pixels == 0.5).all()


@pytest.mark.parametrize(("name", "space"), ALIASES.items())
def test_the_names_that_artists_use_are_understood(frame, name, space):
    assert resolve_input_space(name, frame()) == (space, "")


def test_the_option_comes_before_the_tag_and_the_tag_before_the_default(frame):
    tagged = frame(colour_space="lin_ap1_scene")
    assert resolve_input_space("sRGB", tagged)[0] == "srgb_rec709_scene"
    assert resolve_input_space("", tagged) == ("lin_ap1_scene", "")
    space, warning = resolve_input_space("", frame())
    assert space == "lin_rec709_scene"
    assert warning.startswith("plate.exr has no colour tag; it is taken as scene-linear Rec.709")


def test_a_tag_that_nobody_knows_is_told(frame):
    space, warning = resolve_input_space("", frame(colour_space="KodakLog"))
    assert space == "lin_rec709_scene"
    assert "is tagged 'KodakLog', which no colour config knows" in warning
    odd = frame(attributes={"chromaticities": Attribute("float[8]", (1, 0, 0, 1, 0, 0, 0.3, 0.3))})
    assert "has chromaticities of no known space" in resolve_input_space("", odd)[1]


@pytest.mark.parametrize("space", LINEAR)
def test_scene_linear_plates_keep_their_space(space):
    assert output_space(space) == space
    pixels = np.full((1, 1, 3), 0.3, np.float32)
    np.testing.assert_array_equal(to_working(pixels, space), pixels)


@pytest.mark.parametrize("space", [*MID_GREY, "sRGB", "sRGB - Display"])
def test_everything_else_becomes_scene_linear_rec709(space):
    assert output_space(space) == "lin_rec709_scene"


def test_a_wrong_name_is_refused_with_the_names_close_to_it(frame):
    with pytest.raises(ColourSpaceError, match=r"'ARRI LogC5' is not in .*ARRI LogC4"):
        resolve_input_space("ARRI LogC5", frame())
    with pytest.raises(ColourSpaceError, match="see your config for its names"):
        output_space("§§§§§§§§")


def test_the_artists_config_is_used(tmp_path, monkeypatch, frame):
    monkeypatch.setenv("OCIO", show_config(tmp_path, linked=True))
    assert resolve_input_space("show_gamma", frame()) == ("show_gamma", "")
    assert "show.ocio" in config_name()
    # show_linear is the reference, as ACES2065-1 is: to Rec.709 through the interchange role
    assert output_space("show_gamma") == "lin_rec709_scene"
    linear = to_working(np.full((1, 1, 3), 0.5, np.float32), "show_gamma")
    np.testing.assert_allclose(linear, 0.25, rtol=1e-3)
    assert output_space("show_linear") == "show_linear"


def test_tags_work_where_the_artists_config_lacks_them(tmp_path, monkeypatch, frame):
    monkeypatch.setenv("OCIO", show_config(tmp_path, linked=False))
    assert resolve_input_space("", frame(colour_space="srgb_rec709_scene"))[1] == ""
    linear = to_working(np.full((1, 1, 3), 0.5, np.float32), "srgb_rec709_scene")
    np.testing.assert_allclose(linear, 0.21404, rtol=1e-3)


def test_a_config_without_a_way_to_rec709_works_in_its_own_linear_space(tmp_path, monkeypatch):
    monkeypatch.setenv("OCIO", show_config(tmp_path, linked=False))
    assert output_space("show_gamma") == "show_linear"
    linear = to_working(np.full((1, 1, 3), 0.5, np.float32), "show_gamma")
    np.testing.assert_allclose(linear, 0.25, rtol=1e-6)


def test_a_config_that_cannot_be_loaded_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("OCIO", str(tmp_path / "none.ocio"))
    with pytest.raises(ColourSpaceError, match=r"OCIO is .*none\.ocio, which cannot be loaded"):
        output_space("sRGB")


def test_a_config_that_memory_does_not_suffice_for_is_told_as_such(tmp_path, monkeypatch):
    class Config:
        @staticmethod
        def CreateFromFile(path):
            raise ocio.Exception("Error: Loading the OCIO profile failed. std::bad_alloc")

    monkeypatch.setattr(ocio, "Config", Config)
    monkeypatch.setenv("OCIO", str(tmp_path / "large.ocio"))
    with pytest.raises(OutOfMemory, match="too little memory to load the colour config; free some"):
        output_space("sRGB")
