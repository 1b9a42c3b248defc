import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from platekey.core.errors import NonFinitePixels, UnreadableFile
from platekey.core.lightstage.training.coding import FACTS, decode_capture, encode_capture
from platekey.core.lightstage.training.picture_size import picture_size


def decoded(files, **options):
    return decode_capture(files.__getitem__, "here", **options)


def test_what_is_decoded_is_what_was_encoded(make_ball):
    capture = make_ball(frames=3)
    back = decoded(encode_capture(capture))
    assert (back.name, back.facts, back.frames) == (capture.name, capture.facts, 3)
    np.testing.assert_array_equal(back.directions, capture.directions)
    np.testing.assert_allclose(back.alpha, capture.alpha, atol=1e-7)
    smooth = capture.foreground < 1
    relative = np.abs(back.foreground - capture.foreground) / capture.foreground
    assert relative[smooth].mean() < 0.02
    np.testing.assert_allclose(back.shares, capture.shares, atol=0.015)
    np.testing.assert_allclose(back.shares.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(back.depth, capture.depth, rtol=1e-3)
    np.testing.assert_allclose(back.motion, capture.motion, atol=1 / 32)


def test_light_far_above_white_survives(make_ball):
    capture = make_ball()
    hot = replace(capture, foreground=capture.foreground * 50)
    back = decoded(encode_capture(hot))
    assert float(back.foreground.max()) == pytest.approx(float(hot.foreground.max()), rel=0.05)


def test_some_frames_can_be_decoded_alone(make_ball):
    files = encode_capture(make_ball(frames=4))
    two = decoded(files, frames=(1, 3))
    np.testing.assert_array_equal(two.alpha, decoded(files).alpha[[1, 3]])


def test_the_same_capture_gives_the_same_bytes(make_ball):
    assert encode_capture(make_ball()) == encode_capture(make_ball())


@pytest.mark.parametrize("size", [1, 7, 33])
def test_any_size_can_be_coded(make_ball, size):
    capture = make_ball(size=size)
    back = decoded(encode_capture(capture))
    np.testing.assert_allclose(back.alpha, capture.alpha, atol=1e-7)
    assert back.shares.shape == capture.shares.shape


def test_captures_with_nan_are_refused(make_ball):
    capture = make_ball()
    capture.foreground[0, 3, 3] = np.nan
    with pytest.raises(NonFinitePixels, match="foreground of capture ball has NaN"):
        encode_capture(capture)


def test_a_picture_of_another_size_is_refused_before_it_is_decoded(make_ball):
    files = encode_capture(make_ball())
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60000).to_bytes(4, "big") * 2
    with pytest.raises(UnreadableFile, match="000_alpha.png should be .* 48x48, but it is 60000x"):
        decoded({**files, "000_alpha.png": header + b"\x08\x00\x00\x00\x00"})
    with pytest.raises(UnreadableFile, match="no JPEG or PNG"):
        decoded({**files, "000_alpha.png": b"MZ"})
    jpeg = files["000_foreground.jpg"]
    with pytest.raises(UnreadableFile, match="000_foreground.jpg"):
        decoded({**files, "000_foreground.jpg": jpeg[:30]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layout": 99}, "has layout 99"),
        ({"coding": {}}, "lacks or garbles"),
        ({"directions": [[1, 2]]}, "lacks or garbles"),
        ({"directions": []}, "0 lamps, which is damage"),
        ({"facts": {"scale": 0}}, "lacks or garbles"),
        ({"facts": []}, "lacks or garbles"),
    ],
)
def test_strange_facts_are_refused(make_ball, change, message):
    files = encode_capture(make_ball())
    text = {**json.loads(files[FACTS]), **change}
    with pytest.raises(UnreadableFile, match=message):
        decoded({**files, FACTS: json.dumps(text).encode()})


def test_sizes_that_cannot_be_are_refused(make_ball):
    files = encode_capture(make_ball())
    text = json.loads(files[FACTS])
    for key, value in (("height", 10**6), ("frames", -1), ("peak", 0.0), ("far", float("inf"))):
        strange = {**text, "coding": {**text["coding"], key: value}}
        with pytest.raises(UnreadableFile, match="damage|garbles"):
            decoded({**files, FACTS: json.dumps(strange).encode()})
    with pytest.raises(UnreadableFile, match="no JSON"):
        decoded({**files, FACTS: b"{"})


@pytest.mark.parametrize("ending", [".jpg", ".png"])
def test_the_size_of_a_picture_is_read_from_its_first_bytes(ending):
    _, data = cv2.imencode(ending, np.zeros((5, 9, 3), np.uint8))
    assert picture_size(bytes(data)) == (5, 9)
    assert picture_size(bytes(data)[:12]) is None
