"""A comp from files to files: what is written, how sizes and colours fit, what a re-run does."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.comp.options import CompOptions, Despill, Fit
from platekey.core.errors import InputMismatch, MissingFrame, OptionError
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, read_header, write_frame
from platekey.core.job.comp import run_comp
from platekey.core.job.comp_request import CompRequest
from platekey.core.options import Depth, NonFinite, Passes

WIDTH, HEIGHT = 40, 28
SPACE = "lin_rec709_scene"
SOLVED = ("R", "G", "B", "A", "fg.R", "fg.G", "fg.B", "shadow.R", "shadow.G", "shadow.B")


def frame_of(pixels, channels=("R", "G", "B"), *, data=None, display=None, space=SPACE, **rest):
    height, width = pixels.shape[:2]
    window = Window(0, 0, width, height)
    pixels = np.asarray(pixels, np.float32)
    return Frame(
        pixels, channels, data or window, display or data or window, colour_space=space, **rest
    )


def save(frame, path):
    write_frame(frame, str(path), depth=Depth.FLOAT)


@dataclass
class CompShot:
    """Two solved frames of a disc, a clean plate, plates, and a background sequence."""

    folder: Path
    frames: tuple[int, ...] = (1001, 1002)
    events: list = field(default_factory=list)

    def __post_init__(self):
        rng = np.random.default_rng(3)
        self.clean = 0.2 + 0.1 * rng.random((HEIGHT, WIDTH, 3)).astype(np.float32)
        self.background = 0.5 + rng.random((HEIGHT, WIDTH, 3)).astype(np.float32)
        self.foreground = 0.4 + 3 * rng.random((HEIGHT, WIDTH, 3)).astype(np.float32)
        save(frame_of(self.clean), self.folder / "clean.exr")
        for frame in self.frames:
            alpha, straight = self.alpha(frame), self.foreground
            plate = straight * alpha + (1 - alpha) * self.clean
            shadow = np.ones_like(straight)
            solved = np.concatenate([straight * alpha, alpha, straight, shadow], axis=2)
            save(frame_of(solved, SOLVED, attributes={"camera": "A"}), self.file("matte", frame))
            save(frame_of(plate), self.file("plate", frame))
            save(frame_of(self.background * (frame - 1000)), self.file("new", frame))

    def alpha(self, frame):
        y, x = np.mgrid[:HEIGHT, :WIDTH]
        distance = np.hypot(y - 14, x - 15 - 4 * (frame - 1001))
        return np.clip((9 - distance) / 3, 0, 1).astype(np.float32)[..., None]

    def file(self, name, frame):
        return self.folder / f"{name}.{frame}.exr"

    def pattern(self, name):
        return str(self.folder / f"{name}.####.exr")

    def request(self, options=None, **changes):
        fields = {
            "foreground": self.pattern("matte"),
            "background": self.pattern("new"),
            "output": str(self.folder / "out" / "comp.####.exr"),
            "plate": self.pattern("plate"),
            "clean_plate": str(self.folder / "clean.exr"),
        }
        options = CompOptions(**{"device": "cpu", "depth": Depth.FLOAT, **(options or {})})
        return CompRequest(**{**fields, "options": options, **changes})

    def comp(self, options=None, should_stop=lambda: False, **changes):
        self.events = []
        return run_comp(self.request(options, **changes), self.tell, should_stop)

    def tell(self, event):
        protocol.encode(event)  # whatever is told must fit the wire
        self.events.append(event)

    def told(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def result(self, frame=1001, name="comp"):
        return read_frame(str(self.folder / "out" / f"{name}.{frame}.exr"))


@pytest.fixture
def comp_shot(tmp_path):
    return CompShot(tmp_path)


PLAIN = {"despill": Despill.OFF, "shadow": 0.0}


def test_a_plain_composite_is_the_compositing_equation(comp_shot):
    assert comp_shot.comp(PLAIN).exit_code == 0
    for frame in comp_shot.frames:
        alpha = comp_shot.alpha(frame)
        expected = comp_shot.foreground * alpha
        expected = expected + (1 - alpha) * comp_shot.background * (frame - 1000)
        written = comp_shot.result(frame)
        np.testing.assert_allclose(written.select("R", "G", "B"), expected, rtol=1e-5, atol=1e-5)
        assert (written.select("A") == 1).all()


def test_over_the_clean_plate_the_defaults_give_the_plate(comp_shot):
    comp_shot.comp(background=str(comp_shot.folder / "clean.exr"))
    plate = read_frame(str(comp_shot.file("plate", 1001))).select("R", "G", "B")
    np.testing.assert_allclose(comp_shot.result().select("R", "G", "B"), plate, atol=1e-4)


def test_one_file_holds_all_passes_and_the_foregrounds_header(comp_shot):
    comp_shot.comp({"depth": Depth.HALF})
    written = comp_shot.result()
    layers = [f"{name}.{c}" for name in ("spill", "shadow") for c in "RGB"]
    expected = ["R", "G", "B", "A", "fg.R", "fg.G", "fg.B", "fg.A", *layers, "core.Y", "edge.Y"]
    assert sorted(written.channels) == sorted(expected)
    assert written.attributes["camera"] == "A"
    assert written.colour_space == SPACE
    settings = json.loads(written.attributes["platekey:comp_settings"])
    assert settings == CompOptions(device="cpu").to_json()


def test_a_file_a_pass_is_written_on_request(comp_shot):
    comp_shot.comp({"passes": Passes.FILES}, frames="1001")
    (done,) = comp_shot.told(protocol.FrameDone)
    assert list(done.outputs) == ["comp", "fg", "spill", "shadow", "core", "edge"]
    assert read_header(done.outputs["comp"]).channels == ("R", "G", "B", "A")
    assert read_header(done.outputs["fg"]).channels == ("R", "G", "B", "A")
    assert read_header(done.outputs["shadow"]).colour_space == "data"
    assert done.outputs["edge"].endswith("comp.edge.1001.exr")


def test_finished_frames_are_skipped_until_something_changes(comp_shot):
    assert comp_shot.comp().written == [1001, 1002]
    assert comp_shot.comp().skipped == [1001, 1002]
    keys = {"wrap": {1001: 0.0, 1002: 0.5}}
    assert comp_shot.comp(animation=keys).written == [1002]  # 1001 has the same value as before
    changed = comp_shot.file("new", 1001)
    save(frame_of(comp_shot.background * 9), changed)
    os.utime(changed, (0, 0))  # size and second could be the same
    assert comp_shot.comp(animation=keys, overwrite=False).written == [1001]
    assert comp_shot.comp(animation=keys, overwrite=True).written == [1001, 1002]


def test_settings_follow_their_keys(comp_shot):
    comp_shot.comp(PLAIN, animation={"alpha_gamma": {1001: 1.0, 1003: 3.0}})
    assert np.allclose(comp_shot.result(1001).select("fg.A"), comp_shot.alpha(1001), atol=1e-6)
    bent = comp_shot.alpha(1002) ** 0.5
    assert np.allclose(comp_shot.result(1002).select("fg.A"), bent, atol=1e-6)


def test_a_gain_is_measured_at_the_first_frame_whatever_frames_are_made(comp_shot):
    options = {**PLAIN, "match_exposure": 1.0}
    comp_shot.comp(options)
    both = comp_shot.result(1002).pixels
    comp_shot.comp(options, frames="1002", output=str(comp_shot.folder / "out" / "one.####.exr"))
    assert np.array_equal(comp_shot.result(1002, "one").pixels, both)


def test_a_larger_background_is_scaled_to_cover_and_centred(comp_shot):
    large = np.zeros((2 * HEIGHT, 4 * WIDTH, 3), np.float32)
    large[:, 2 * WIDTH :] = 1.0  # the right half, beyond the middle
    save(frame_of(large), comp_shot.folder / "large.exr")
    comp_shot.comp(PLAIN, frames="1001", background=str(comp_shot.folder / "large.exr"))
    row = comp_shot.result().select("R")[0, :, 0]
    assert row[: WIDTH // 2 - 1].tolist() == [0.0] * (WIDTH // 2 - 1)
    assert row[WIDTH // 2 + 1 :].tolist() == [1.0] * (WIDTH // 2 - 1)


def test_a_smaller_background_as_it_is_repeats_its_edge_and_says_so(comp_shot):
    small = np.full((10, 10, 3), 0.25, np.float32)
    small[0] = 7.0
    save(frame_of(small), comp_shot.folder / "small.exr")
    options = {**PLAIN, "fit": Fit.NONE}
    comp_shot.comp(options, background=str(comp_shot.folder / "small.exr"))
    picture = comp_shot.result().select("R")[..., 0]
    assert picture[0, 0] == 7.0
    assert picture[-1, 0] == 0.25
    (warned,) = [w for w in comp_shot.told(protocol.Warning) if "does not cover" in w.message]
    assert "its edge is repeated there" in warned.message


def test_a_background_of_the_same_format_lies_where_its_windows_say(comp_shot):
    cropped = comp_shot.background[4:, 6:]
    display = Window(0, 0, WIDTH, HEIGHT)
    data = Window(6, 4, WIDTH - 6, HEIGHT - 4)
    save(frame_of(cropped, data=data, display=display), comp_shot.folder / "crop.exr")
    comp_shot.comp(PLAIN, frames="1001", background=str(comp_shot.folder / "crop.exr"))
    written = comp_shot.result().select("R", "G", "B")
    assert np.array_equal(written[-1, -1], comp_shot.background[-1, -1])


def test_a_cropped_foreground_is_padded_to_its_format_and_overscan_is_kept(comp_shot):
    solved = read_frame(str(comp_shot.file("matte", 1001)))
    data, display = Window(-2, -1, WIDTH, HEIGHT), Window(0, 0, WIDTH + 8, HEIGHT + 5)
    moved = Frame(solved.pixels, solved.channels, data, display, colour_space=SPACE)
    save(moved, comp_shot.folder / "moved.exr")
    plain = np.full((HEIGHT + 5, WIDTH + 8, 3), 0.5, np.float32)
    save(frame_of(plain), comp_shot.folder / "plain.exr")
    comp_shot.comp(
        PLAIN,
        foreground=str(comp_shot.folder / "moved.exr"),
        background=str(comp_shot.folder / "plain.exr"),
        plate="",
        clean_plate="",
        output=str(comp_shot.folder / "out" / "moved.exr"),
    )
    written = read_frame(str(comp_shot.folder / "out" / "moved.exr"))
    assert written.display_window == display
    assert written.data_window == Window(-2, -1, WIDTH + 10, HEIGHT + 6)
    assert not written.select("fg.A")[:, WIDTH:].any()
    assert (written.select("R")[:, WIDTH:] == 0.5).all()
    assert np.array_equal(written.select("fg.A")[:HEIGHT, :WIDTH], comp_shot.alpha(1001))


def test_any_keyers_premultiplied_rgba_will_do(comp_shot):
    solved = read_frame(str(comp_shot.file("matte", 1001)))
    save(
        frame_of(solved.select("R", "G", "B", "A"), tuple("RGBA")),
        comp_shot.folder / "key.1001.exr",
    )
    result = comp_shot.comp(
        foreground=str(comp_shot.folder / "key.1001.exr"),
        background=str(comp_shot.folder / "clean.exr"),
    )
    assert result.exit_code == 0


def test_a_holdout_hides_the_subject(comp_shot):
    save(frame_of(np.ones((HEIGHT, WIDTH, 1)), ("Y",)), comp_shot.folder / "hold.exr")
    comp_shot.comp(PLAIN, holdout=str(comp_shot.folder / "hold.exr"))
    written = comp_shot.result().select("R", "G", "B")
    assert np.array_equal(written, comp_shot.background)


def test_depth_may_be_infinite(comp_shot):
    depth = np.full((HEIGHT, WIDTH, 1), 2.0, np.float32)
    depth[:, 20:] = np.inf
    save(frame_of(depth, ("Z",)), comp_shot.folder / "z.exr")
    options = {**PLAIN, "defocus": 3.0, "focus": 2.0}
    result = comp_shot.comp(options, zdepth=str(comp_shot.folder / "z.exr"))
    assert result.exit_code == 0
    sharp = comp_shot.result().select("R")[:, :4]
    assert np.allclose(sharp, comp_shot.background[:, :4, :1], atol=1e-5)


def test_nan_is_refused_or_repaired_and_named(comp_shot):
    broken = comp_shot.background.copy()
    broken[3, 3] = np.nan
    save(frame_of(broken), comp_shot.file("new", 1001))
    refused = comp_shot.comp()
    assert (refused.exit_code, refused.failed, refused.written) == (4, [1001], [1002])
    (failure,) = comp_shot.told(protocol.FrameFailed)
    assert failure.kind == "NonFinitePixels"
    assert "background" in failure.message
    repaired = comp_shot.comp({"nonfinite": NonFinite.REPAIR})
    assert repaired.exit_code == 0
    assert np.isfinite(comp_shot.result().pixels).all()


def test_values_that_overflow_are_told_as_the_inputs_fault(comp_shot):
    save(frame_of(np.full((HEIGHT, WIDTH, 3), 3e38)), comp_shot.file("new", 1001))
    result = comp_shot.comp({**PLAIN, "wrap": 4.0, "defocus": 5.0}, frames="1001")
    assert (result.exit_code, result.failed) == (3, [1001])
    assert comp_shot.told(protocol.FrameFailed)[0].kind == "NonFinitePixels"


def test_a_missing_clean_plate_is_told_once_and_the_rest_is_made(comp_shot):
    assert comp_shot.comp(clean_plate="").exit_code == 0
    (warned,) = comp_shot.told(protocol.Warning)
    assert warned.message.startswith("no clean plate is given, so nothing is despilled")


def test_the_additive_keyer_asks_for_its_plates(comp_shot):
    with pytest.raises(OptionError, match="the additive keyer needs the plate and its clean plate"):
        comp_shot.comp({"additive": 1.0}, plate="")
    with pytest.raises(OptionError, match="the additive keyer needs"):
        comp_shot.comp(animation={"additive": {1001: 1.0}}, plate="")


def test_a_foreground_without_alpha_is_refused(comp_shot):
    save(frame_of(comp_shot.background), comp_shot.file("matte", 1001))
    comp_shot.comp(frames="1001")
    (failure,) = comp_shot.told(protocol.FrameFailed)
    assert "but an alpha A is needed" in failure.message


def test_a_plate_of_another_format_is_refused(comp_shot):
    save(frame_of(np.ones((9, 9, 3))), comp_shot.folder / "clean.exr")
    comp_shot.comp()
    assert {event.kind for event in comp_shot.told(protocol.FrameFailed)} == {
        InputMismatch.__name__
    }


def test_a_missing_background_frame_is_named_before_any_work(comp_shot):
    comp_shot.file("new", 1002).unlink()
    with pytest.raises(MissingFrame, match="background .* has no frame 1002"):
        comp_shot.comp()
    assert not (comp_shot.folder / "out").exists()


def test_an_output_that_is_an_input_is_refused(comp_shot):
    with pytest.raises(OptionError, match="is an input as well"):
        comp_shot.comp(output=comp_shot.pattern("matte"), overwrite=True)


def test_stopping_keeps_what_is_made(comp_shot):
    result = comp_shot.comp(should_stop=lambda: len(comp_shot.told(protocol.Progress)) >= 2)
    assert (result.exit_code, result.written) == (5, [1001])
    assert comp_shot.comp().skipped == [1001]


def test_a_damaged_frame_fails_alone(comp_shot):
    damaged = comp_shot.file("matte", 1001)
    damaged.write_bytes(damaged.read_bytes()[:500])
    result = comp_shot.comp()
    assert (result.exit_code, result.written, result.failed) == (4, [1002], [1001])


def test_a_frame_that_is_not_whole_is_made_again(comp_shot):
    comp_shot.comp()
    half = comp_shot.folder / "out" / "comp.1002.exr"
    half.write_bytes(half.read_bytes()[:-200])
    assert comp_shot.comp().written == [1002]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "foreground, background, output is missing; a comp needs it"),
        ({"foreground": "a", "background": "", "output": "c"}, "background is empty"),
        (
            {"foreground": 1, "background": "b", "output": "c"},
            "foreground is 1; it must be of type",
        ),
        ({"plates": ""}, "unknown argument plates; known are animation"),
    ],
)
def test_what_is_no_request_is_refused(values, sentence):
    with pytest.raises(OptionError, match=sentence):
        CompRequest.from_json(values)


def test_a_request_survives_json(comp_shot):
    request = comp_shot.request({"wrap": 0.5}, animation={"choke": {1001: 1.0}})
    assert CompRequest.from_json(json.loads(json.dumps(request.to_json()))) == request
