import json
import pickle
import shutil
import zipfile

import numpy as np
import pytest

from platekey.core.errors import MissingFrame, OptionError, OutputError, UnreadableFile
from platekey.core.lightstage.training.pack import INDEX, Pieces, write_pieces


@pytest.fixture
def balls(make_ball):
    return [make_ball(f"ball_{n}", frames=1 + 2 * (n == 1)) for n in range(3)]


def rewritten(piece, change):
    """Writes a piece anew, each member through `change(name, data)`, None leaves it out."""
    with zipfile.ZipFile(piece) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(piece, "w") as new:
        for name, data in members.items():
            changed = change(name, data)
            if changed is not None:
                new.writestr(name, changed)


def test_captures_come_back_by_index(balls, tmp_path):
    (path,) = write_pieces(balls, tmp_path / "pieces")
    assert path.name == "captures_000.zip"
    pieces = Pieces(tmp_path / "pieces")
    assert [entry.name for entry in pieces.entries] == ["ball_0", "ball_1", "ball_2"]
    assert (len(pieces), pieces.frames(1), pieces.side(1)) == (3, 3, 48)
    assert pieces.entries[1].subject == "ball"
    for index, ball in enumerate(balls):
        np.testing.assert_allclose(pieces.load(index).alpha, ball.alpha, atol=1e-7)
    assert pieces.load(1, frames=(2,)).frames == 1
    pieces.close()


@pytest.mark.parametrize("place", ["../outside", "/tmp/outside", "..\\outside"])
def test_a_piece_that_names_a_place_outside_writes_nothing(balls, tmp_path, place):
    folder = tmp_path / "pieces"
    (piece,) = write_pieces(balls[:1], folder)

    def moved(name, data):
        if name == INDEX:
            return data.replace(b"000000", place.replace("\\", "\\\\").encode())
        return data

    rewritten(piece, moved)
    pieces = Pieces(folder)
    with pytest.raises(UnreadableFile, match="lacks"):
        pieces.load(0)
    pieces.close()
    assert [path.name for path in tmp_path.rglob("*")] == ["pieces", "captures_000.zip"]


def test_no_piece_is_larger_than_the_limit_and_none_is_lost(make_ball, tmp_path):
    balls = [make_ball(f"ball_{n}") for n in range(7)]
    (whole,) = write_pieces(balls, tmp_path / "one")
    limit = whole.stat().st_size // 3
    paths = write_pieces(balls, tmp_path / "many", limit=limit)
    assert len(paths) > 2
    assert all(path.stat().st_size <= limit for path in paths)
    assert [entry.name for entry in Pieces(tmp_path / "many").entries] == [b.name for b in balls]


def test_the_same_captures_give_the_same_bytes(balls, tmp_path):
    (one,), (other,) = (write_pieces(balls, tmp_path / name) for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_pieces_of_a_larger_set_do_not_stay_behind(make_ball, tmp_path):
    balls = [make_ball(f"ball_{n}") for n in range(4)]
    size = write_pieces(balls, tmp_path)[0].stat().st_size
    assert len(write_pieces(balls, tmp_path, limit=size // 2)) > 1
    assert write_pieces([make_ball("other")], tmp_path) == [tmp_path / "captures_000.zip"]
    assert [entry.name for entry in Pieces(tmp_path).entries] == ["other"]


def test_what_cannot_be_packed_is_refused(balls, make_ball, tmp_path):
    with pytest.raises(OptionError, match="no captures"):
        write_pieces([], tmp_path)
    with pytest.raises(OptionError, match="two captures are called ball_0"):
        write_pieces([balls[0], make_ball("ball_0")], tmp_path)
    with pytest.raises(OutputError, match="more than a piece of 1000"):
        write_pieces(balls, tmp_path, limit=1000)
    assert not list(tmp_path.iterdir())


def test_pieces_can_be_sent_to_another_process(balls, tmp_path):
    write_pieces(balls, tmp_path)
    pieces = Pieces(tmp_path)
    sent = pickle.loads(pickle.dumps(pieces))
    np.testing.assert_array_equal(sent.load(2).alpha, pieces.load(2).alpha)


def test_a_missing_folder_and_one_without_pieces_are_told(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(MissingFrame, match="holds no captures_000.zip"):
            Pieces(folder)


def test_a_piece_that_breaks_off_is_refused(balls, tmp_path):
    (path,) = write_pieces(balls, tmp_path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableFile, match="no whole zip file"):
        Pieces(tmp_path)


def test_flipped_bits_are_found_when_they_are_read(balls, tmp_path):
    (path,) = write_pieces(balls, tmp_path)
    with zipfile.ZipFile(path) as piece:
        at = piece.getinfo("000001/000_alpha.png").header_offset + 80
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)
    pieces = Pieces(tmp_path)
    pieces.load(0)
    with pytest.raises(UnreadableFile, match="000001/000_alpha.png is damaged"):
        pieces.load(1)


def test_a_compressed_piece_is_refused_unread(tmp_path):
    with zipfile.ZipFile(tmp_path / "captures_000.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr(INDEX, bytes(1 << 20))
    with pytest.raises(UnreadableFile, match="compressed or says it is larger"):
        Pieces(tmp_path)


def test_another_layout_is_refused(balls, tmp_path):
    (path,) = write_pieces(balls, tmp_path)
    rewritten(path, lambda name, data: data.replace(b'"layout": 1', b'"layout": 7'))
    with pytest.raises(UnreadableFile, match="layout 7, but this platekey reads 1"):
        Pieces(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda index: [],
        lambda index: {"layout": 1},
        lambda index: {**index, "captures": [{"name": "x"}]},
        lambda index: {**index, "captures": [{**index["captures"][0], "frames": "3"}]},
        lambda index: {**index, "captures": [{**index["captures"][0], "height": -4}]},
    ],
)
def test_a_strange_index_is_refused(balls, tmp_path, change):
    (path,) = write_pieces(balls, tmp_path)
    rewritten(
        path,
        lambda name, data: json.dumps(change(json.loads(data))) if name == INDEX else data,
    )
    with pytest.raises(UnreadableFile, match="its index"):
        Pieces(tmp_path)


def test_a_member_that_is_gone_or_another_is_told(balls, tmp_path):
    (path,) = write_pieces(balls, tmp_path)
    backup = shutil.copy(path, tmp_path / "backup")
    rewritten(path, lambda name, data: None if name == "000002/000_shares.jpg" else data)
    with pytest.raises(UnreadableFile, match="lacks 000002/000_shares.jpg"):
        Pieces(tmp_path).load(2)
    shutil.copy(backup, path)
    rewritten(
        path, lambda name, data: data.replace(b"ball_1", b"bell_1") if name == INDEX else data
    )
    with pytest.raises(UnreadableFile, match="holds ball_1 where its index has bell_1"):
        Pieces(tmp_path).load(1)
