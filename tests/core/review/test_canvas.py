import cv2
import numpy as np
import pytest

from platekey.core.errors import OutputError
from platekey.core.review.before_after import before_after
from platekey.core.review.canvas import PAGE, Canvas


def saved(canvas, tmp_path):
    path = str(tmp_path / "page.png")
    canvas.save(path)
    return cv2.imread(path)[..., ::-1]


def test_pictures_are_saved_to_the_pixel(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (31, 47, 3), dtype=np.uint8)
    canvas = Canvas(203, 101)
    canvas.place(picture, 7, 11)
    page = saved(canvas, tmp_path)
    assert page.shape == (101, 203, 3)
    assert np.array_equal(page[11:42, 7:54], picture)
    page[11:42, 7:54] = PAGE
    assert (page == PAGE).all()


def test_text_is_written_above_its_baseline(tmp_path):
    canvas = Canvas(200, 100)
    canvas.text("plate $x_1$", 20, 60, size=20)
    inked = np.argwhere((saved(canvas, tmp_path) != PAGE).any(axis=2))
    assert inked.size
    assert inked[:, 0].min() > 35
    assert inked[:, 0].max() < 70
    assert 18 <= inked[:, 1].min() <= 24


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"cannot be written"):
        Canvas(20, 20).save(str(tmp_path / "missing" / "page.png"))


def test_nothing_but_the_picture_is_left_in_the_folder(tmp_path):
    saved(Canvas(20, 20), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["page.png"]


@pytest.mark.parametrize(("size", "expected"), [((30, 40), 40), ((1080, 1920), 960)])
def test_before_and_after_stand_side_by_side(tmp_path, size, expected):
    before, after = np.full((*size, 3), 60, np.uint8), np.full((*size, 3), 190, np.uint8)
    page = saved(before_after(before, after), tmp_path)
    row = page[page.shape[0] // 2, :, 0]
    assert (row == 60).sum() == (row == 190).sum() == expected
    assert np.flatnonzero(row == 60).max() < np.flatnonzero(row == 190).min()


def test_a_jpeg_is_written_where_the_name_says_so(tmp_path):
    Canvas(20, 20).save(str(tmp_path / "page.jpg"))
    assert (tmp_path / "page.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
