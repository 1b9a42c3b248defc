"""What cannot be tuned on is refused with one sentence, before hours are spent."""

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.errors import InputMismatch, MissingFrame, OptionError, UnfitShot

SENTENCE = r"^[^\n]+\.$"


def refused(shot, error, match, options=None, **changes):
    with pytest.raises(error, match=match) as caught:
        shot.tune(options, **changes)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert shot.told(protocol.Trained) == []
    return caught.value


def test_too_few_frames(shot):
    refused(
        shot, UnfitShot, "has 1 frame to learn from; a fine-tune needs at least 2", frames="1002"
    )


def test_frames_that_are_too_small(make_shot):
    small = make_shot("small", height=80)
    refused(small, UnfitShot, "is 112x80; a fine-tune needs at least 96 pixels a side")


def test_no_background_visible(make_shot):
    shot = make_shot("filled")
    y, x = np.mgrid[: shot.height, : shot.width]
    for frame in shot.frames:
        other = 0.5 + 0.4 * np.sin(y / 4.1 + frame)[..., None] * np.cos(x / 2.7)[..., None]
        shot.write(shot.plate % frame, other * np.array([2.0, 0.6, 0.2]))
    error = refused(shot, UnfitShot, "no background is visible in plate")
    assert error.exit_code == 3


def test_another_lighting(make_shot):
    shot = make_shot("lit")
    y, x = np.mgrid[: shot.height, : shot.width]
    light = 2.0 ** (1.2 + 1.0 * np.sin(x / 40) * np.sin(y / 30) + 0.6 * (x > 60))[..., None]
    for frame in shot.frames:
        shot.write(shot.plate % frame, shot.compose(frame) * light * np.array([1.8, 1, 0.5]))
    options = {"match_exposure": False}
    refused(shot, UnfitShot, "do not match: they show the same place", options)


def test_no_subject(make_shot):
    shot = make_shot("empty")
    for frame in shot.frames:
        shot.write(shot.plate % frame, shot.wall)
    refused(shot, UnfitShot, "name frames with a subject in them")


def test_an_inverted_key(shot):
    keys = shot.write_keys(1002, change=lambda alpha: 1 - alpha)
    refused(shot, UnfitShot, "the key of frame 1002 does not match the plate: what it", keys=keys)


def test_a_key_of_another_place(shot):
    keys = shot.write_keys(1002, change=lambda alpha: np.roll(alpha, 60, axis=1))
    refused(shot, UnfitShot, "key of frame 1002 does not match the plate", keys=keys)


def test_a_key_in_percent(shot):
    keys = shot.write_keys(1002, change=lambda alpha: 100 * alpha)
    refused(shot, UnfitShot, "values from 0.00 to 100.00; an alpha from 0 to 1", keys=keys)


def test_a_key_of_another_size(shot):
    shot.write(shot.keys % 1002, shot.alpha(1002)[:80], ("Y",))
    refused(shot, InputMismatch, "key of frame 1002 is 112x80, plate is 112x96", keys=shot.keys)


def test_a_key_of_a_frame_that_is_not_there(shot):
    keys = shot.write_keys(1009)
    refused(shot, InputMismatch, "have frame 1009, which plate .* has not", keys=keys)


def test_a_mask_that_is_empty(shot):
    shot.write(shot.mask % 1002, np.zeros((96, 112, 1)), ("Y",))
    changes = {"keys": shot.write_keys(1002), "key_mask": shot.mask}
    refused(shot, UnfitShot, "the key of frame 1002 counts nowhere", **changes)


def test_a_partial_key_may_be_wrong_where_its_mask_is_black(shot):
    half = np.zeros((96, 112, 1))
    half[:, 48:] = 1
    shot.write(shot.mask % 1002, half, ("Y",))
    keys = shot.write_keys(1002, change=lambda alpha: alpha * half + (1 - alpha) * (1 - half))
    result = shot.tune({"steps": 2}, keys=keys, key_mask=shot.mask, dry_run=True)
    assert result.exit_code == 0


def test_a_mask_without_keys(shot):
    refused(shot, OptionError, "key_mask says where keys count", key_mask=shot.mask)


def test_no_weights_to_start_from(shot):
    refused(shot, MissingFrame, "gone.safetensors is not there", {"weights": "gone.safetensors"})


def test_an_output_of_another_name(shot):
    refused(shot, OptionError, "weights are named NAME.safetensors", output="tuned.exr")


def test_an_output_that_is_there(shot):
    with open(shot.output, "w") as file:
        file.write("mine")
    refused(shot, OptionError, "is there; name another, or set overwrite")


def test_resuming_and_beginning_anew_at_once(shot):
    refused(shot, OptionError, "choose one of them", resume=True, overwrite=True)


@pytest.mark.parametrize(
    ("name", "value"), [("hours", -1.0), ("crop", 50), ("crop", 100), ("rate", 1.0), ("moved", 99)]
)
def test_options_out_of_range(shot, name, value):
    refused(shot, OptionError, f"{name} is {value:g}", {name: value})


def test_drawn_patterns_are_told(shot):
    shot.tune({"steps": 2}, dry_run=True)
    (told,) = shot.told(protocol.Warning)
    assert "no folder of backgrounds is named" in told.message
