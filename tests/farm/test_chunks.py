"""The size of a chunk never changes a pixel, even where frames beyond the chunk are looked at."""

import pytest

from platekey.plugin.shell.main import main


@pytest.mark.parametrize("method", ["difference", "network"])
def test_frames_of_any_chunk_are_those_of_the_whole_shot(shots, method):
    """The network looks at the frames beside; the comp at the shot's first frame."""
    settings = ["--method", method]
    if method == "network":
        settings += [word for word in shots.tune_words() if word.startswith("--weights")]
    made = {}
    for run, ranges in (
        ("whole", ["1001-1003"]),
        ("pairs", ["1002-1003", "1001"]),
        ("singles", ["1003", "1001", "1002"]),
        ("steps", ["1001-1003:2", "1002"]),
    ):
        row = shots.row("sh030", "sh030", f"{method}-{run}", comp=True)
        for frames in ranges:
            words = [row["plate"], row["clean_plate"], "-o", row["output"], *settings]
            assert main(["solve", *words, "--frames", frames]) == 0
        for frames in ranges:
            words = [row["output"], row["background"], "-o", row["comp"], "--match-exposure", "0.7"]
            words += ["--grain", "match", "--plate", row["plate"]]
            words += ["--clean-plate", row["clean_plate"], "--frames", frames]
            assert main(["comp", *words]) == 0
        made[run] = shots.outputs(f"{method}-{run}")
    assert len(made["whole"]) == 6
    assert all(found == made["whole"] for found in made.values())
