"""The self-test for licence holders, in the fake with the real worker; and it can fail."""

import sys
from pathlib import Path

import nk_filters
import nuke
import numpy as np
import OpenImageIO as oiio
import pytest

from platekey.plugin.nuke import resident, selftest

SAMPLE = Path(__file__).parents[3] / "tests/data/sample"


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A corner of the sample shot with some of the subject's edge, small enough to be quick."""
    folder = tmp_path_factory.mktemp("sample")
    (folder / "gt").mkdir()
    for name in ("plate.1001", "clean.1001", "background", "gt/alpha.1001"):
        picture = oiio.ImageBuf(str(SAMPLE / f"{name}.exr"))
        x, y = picture.spec().width // 2 + 120, picture.spec().height // 3
        corner = oiio.ImageBufAlgo.cut(picture, oiio.ROI(x, x + 96, y, y + 64))
        assert corner.write(str(folder / f"{name}.exr"))
    return folder


@pytest.fixture(autouse=True)
def terminal(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_PYTHON", sys.executable)
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    nuke.reset(gui=False)
    yield
    nuke.reset()


def test_all_is_well_with_the_real_worker(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(selftest, "ALPHA_ERROR", 0.15)  # a corner alone tells the solver little
    report = tmp_path / "report.txt"
    assert selftest.run(str(sample), str(report)) == 0, report.read_text()
    lines = report.read_text().splitlines()
    assert lines[-1] == "all is well"
    assert len([line for line in lines if line.startswith("ok")]) == len(lines) - 1 == 12
    assert resident.running() is None


def test_what_is_missing_is_in_the_report(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(resident, "worker_python", lambda: "/nowhere/python")
    report = tmp_path / "report.txt"
    assert selftest.run(str(tmp_path), str(report)) == 1
    text = report.read_text()
    assert "FAIL  the worker starts: the worker /nowhere/python cannot be started" in text
    assert "plate.1001.exr is not there" in text
    assert "11 failed" in text
    assert "the report is" in capsys.readouterr().out


def test_a_shifted_colour_is_found(sample, tmp_path):
    test = selftest.SelfTest(str(sample), str(tmp_path))
    test.made()
    test.matte["result"].setValue((sample / "plate.%04d.exr").as_posix())
    test.matte["solved"].setValue(1)
    with pytest.raises(selftest.NotAsItShould, match="mean error"):
        test.true()
    test.nodes["PlateKeyComp"]["wrap"].setValue(1.0)
    selftest._PLAIN.pop("wrap")
    try:
        with pytest.raises(selftest.NotAsItShould, match="differs by"):
            test.over()
    finally:
        selftest._PLAIN["wrap"] = 0.0


def test_a_lens_that_stands_on_its_head_is_found(sample, tmp_path, monkeypatch):
    test = selftest.SelfTest(str(sample), str(tmp_path))
    test.made()
    assert "differs by at most" in test.defocused()
    upright = nk_filters.FILTERS["Convolve2"]

    def upside_down(knobs, sources, number, shape):
        turned = {name: np.flip(plane) for name, plane in sources[1].items()}
        return upright(knobs, [sources[0], turned], number, shape)

    monkeypatch.setitem(nk_filters.FILTERS, "Convolve2", upside_down)
    with pytest.raises(selftest.NotAsItShould, match="the light was 9"):
        test.defocused()
