import subprocess

import numpy as np
import pytest

from platekey.core.errors import MissingFrame, UnreadableFile
from platekey.core.frames.sequence import find_sequence

FRAMES = 12


@pytest.fixture(scope="module")
def ffmpeg():
    module = pytest.importorskip("imageio_ffmpeg", reason="the movie tests need imageio-ffmpeg")
    return module.get_ffmpeg_exe()


@pytest.fixture(autouse=True)
def use_it(ffmpeg, monkeypatch):
    monkeypatch.setenv("PLATEKEY_FFMPEG", ffmpeg)


def encode(ffmpeg, path, *options, width=64, height=36):
    """A movie whose frame n, from 0, is flat: red 10 n + 20, green 128, blue 60, of 255."""
    pixels = np.empty((FRAMES, height, width, 3), np.uint8)
    pixels[...] = (0, 128, 60)
    pixels[..., 0] = np.arange(FRAMES).reshape(-1, 1, 1) * 10 + 20
    size = f"{width}x{height}"
    subprocess.run(
        [
            ffmpeg, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "24",
            "-i", "-", *options, str(path),
        ],
        input=pixels.tobytes(),
        check=True,
    )  # fmt: skip
    return str(path)


LOSSLESS = ("-c:v", "ffv1", "-pix_fmt", "bgr0")
H264 = ("-c:v", "libx264", "-g", "12", "-bf", "3", "-crf", "4", "-pix_fmt", "yuv420p")


def red(frame):
    return float(frame.pixels[..., 0].mean()) * 255


def test_frames_begin_at_one_and_are_exact(ffmpeg, tmp_path):
    movie = find_sequence(encode(ffmpeg, tmp_path / "a.mkv", *LOSSLESS))
    assert movie.is_movie
    assert not movie.is_single
    assert movie.frames == tuple(range(1, FRAMES + 1))
    frame = movie.read(3)
    assert frame.pixels.dtype == np.float32
    np.testing.assert_allclose(frame.pixels[5, 7], np.float32([40, 128, 60]) / 255, atol=2e-4)


@pytest.mark.parametrize("order", [range(1, FRAMES + 1), (9, 2, 12, 12, 1, 7, 8)])
def test_every_frame_is_the_right_one_in_any_order(ffmpeg, tmp_path, order):
    movie = find_sequence(encode(ffmpeg, tmp_path / "a.mp4", *H264))  # B frames: order matters
    for frame in order:
        assert abs(red(movie.read(frame)) - (10 + 10 * frame)) < 4
    movie.close()


@pytest.mark.parametrize(
    ("matrix", "tags"),
    [("bt709", ("-colorspace", "bt709")), ("smpte170m", ("-colorspace", "smpte170m"))],
)
def test_colours_come_back_by_the_tagged_matrix(ffmpeg, tmp_path, matrix, tags):
    scale = ("-vf", f"scale=out_color_matrix={matrix}:out_range=tv")
    movie = find_sequence(encode(ffmpeg, tmp_path / "a.mp4", *scale, *H264, *tags))
    colour = movie.read(9).pixels[10, 10] * 255
    np.testing.assert_allclose(colour, [100, 128, 60], atol=3)


def test_the_transfer_names_the_colour_space(ffmpeg, tmp_path):
    names = "color_trc=iec61966-2-1:colorspace=bt709:color_primaries=bt709"
    srgb = ("-vf", f"setparams={names}")
    tagged = find_sequence(encode(ffmpeg, tmp_path / "a.mp4", *H264, *srgb))
    assert tagged.read(1).colour_space == "srgb_rec709_scene"
    plain = find_sequence(encode(ffmpeg, tmp_path / "b.mp4", *H264))
    assert plain.read(1).colour_space == "ocio:itu709_rec709_scene"


def test_anamorphic_pixels_are_told(ffmpeg, tmp_path):
    path = encode(ffmpeg, tmp_path / "a.mp4", "-vf", "setsar=2/1", *H264)
    assert find_sequence(path).read(1).pixel_aspect == 2.0


def test_a_frame_beyond_the_movie_is_named(ffmpeg, tmp_path):
    movie = find_sequence(encode(ffmpeg, tmp_path / "a.mkv", *LOSSLESS))
    with pytest.raises(MissingFrame, match=r"has no frame 13; found are 1-12"):
        movie.read(13)


def test_a_movie_that_breaks_off_or_is_none_is_refused(ffmpeg, tmp_path):
    path = tmp_path / "a.mp4"
    encode(ffmpeg, path, *H264)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile, match="cannot be read as a movie"):
        find_sequence(str(path))
    path.write_bytes(b"no movie at all")
    with pytest.raises(UnreadableFile, match="cannot be read as a movie"):
        find_sequence(str(path))


@pytest.mark.parametrize(
    "text", ["ffconcat version 1.0\nfile secret.mkv\n", "#EXTM3U\n#EXTINF:1,\nsecret.mkv\n"]
)
def test_a_playlist_under_a_movies_name_opens_no_other_file(ffmpeg, tmp_path, text):
    encode(ffmpeg, tmp_path / "secret.mkv", *LOSSLESS)
    (tmp_path / "a.mkv").write_text(text)
    with pytest.raises(UnreadableFile, match="cannot be read as a movie"):
        find_sequence(str(tmp_path / "a.mkv"))


def test_without_ffmpeg_the_message_says_what_to_do(ffmpeg, tmp_path, monkeypatch):
    path = encode(ffmpeg, tmp_path / "a.mkv", *LOSSLESS)
    monkeypatch.setenv("PLATEKEY_FFMPEG", str(tmp_path / "none"))
    with pytest.raises(UnreadableFile, match=r"none was not found; install ffmpeg"):
        find_sequence(path)


def test_a_name_that_looks_like_an_option_stays_a_name(ffmpeg, tmp_path, monkeypatch):
    encode(ffmpeg, tmp_path / "a.mkv", *LOSSLESS)
    (tmp_path / "a.mkv").rename(tmp_path / "-y.mkv")
    monkeypatch.chdir(tmp_path)
    assert len(find_sequence("-y.mkv").frames) == FRAMES
