"""A tune from its files to its weights: what is written, resumed, handed over."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from platekey.core import protocol
from platekey.core.errors import OptionError, WeightsError
from platekey.core.frames.image_io import read_frame
from platekey.core.job.request import SolveRequest
from platekey.core.job.solve import run_solve
from platekey.core.network.weights import digest_of, load_weights
from platekey.core.options import MatteOptions, Method
from platekey.core.train.pictures import read_log
from platekey.core.tune import loop, session


@pytest.fixture(autouse=True)
def every_step_is_logged(monkeypatch):
    monkeypatch.setattr(loop, "_LOG_STEPS", 1)


def losses_of(shot):
    rows = read_log(shot.request().folder / loop.LOG)
    return {row["step"]: row["losses"] for row in rows if row["kind"] == "train"}


def tensors_of(path):
    return load_weights(Path(path))[0].state_dict()


def same(first, second):
    return all(torch.equal(each, second[name]) for name, each in first.items())


def after_steps(shot, steps):
    """A should_stop that says so once some steps are told."""

    def should_stop():
        trained = [event for event in shot.told(protocol.Trained) if "rate" in event.figures]
        return len(trained) >= steps

    return should_stop


def test_everything_is_written_and_a_solve_says_what_it_was_made_with(shot):
    shot.write_keys(1003)
    result = shot.tune(keys=shot.keys)
    assert result.exit_code == 0
    folder = shot.request().folder
    names = {path.name for path in folder.iterdir()}
    assert {loop.LOG, loop.CURVES, loop.SHEET, loop.STRIPS, "report.html"} <= names
    assert "frames" not in names  # large, and not needed any more
    page = (folder / "report.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page
    network, lineage = load_weights(Path(shot.output))
    recipe = lineage.recipe
    assert recipe["base_sha256"] == digest_of(Path(shot.weights))
    assert recipe["plate"] == shot.plate
    assert set(recipe["sha256"]) == {"plate", "clean plate", "keys"}
    assert recipe["frames"] == "1001-1003"
    assert (recipe["frames_held_out"], recipe["frames_with_keys"]) == ("1001", "1003")
    assert recipe["steps_done"] == 4
    assert lineage.parent == "start.safetensors"
    assert {"before_leak", "after_leak", "before_keys"} <= set(lineage.scores)
    last = shot.told(protocol.Trained)[-1]
    assert {"weights", "report", "sheet", "curves"} <= set(last.outputs)
    assert shot.told(protocol.Progress)[-1].done == 1
    options = MatteOptions(method=Method.NETWORK, weights=shot.output, device="cpu")
    matte = str(shot.folder / "matte.%04d.exr")
    request = SolveRequest(shot.plate, shot.clean_plate, matte, "1002", options=options)
    assert run_solve(request, lambda event: None, lambda: False).written == [1002]
    header = read_frame(matte % 1002).attributes
    assert header["platekey:weights"] == "tuned.safetensors"
    assert header["platekey:weights_sha256"] == digest_of(Path(shot.output))


@pytest.mark.usefixtures("undrawn")
def test_a_row_tells_loss_score_speed_and_time_left(shot):
    shot.tune({"steps": 2})
    rows = [event for event in shot.told(protocol.Trained) if "rate" in event.figures]
    assert {"loss_total", "score", "images_per_second", "seconds_left"} <= set(rows[0].figures)
    assert "images a second" in rows[0].message


@pytest.mark.usefixtures("undrawn")
def test_a_resumed_tune_is_the_uninterrupted_one(make_shot):
    whole, parts = make_shot("whole"), make_shot("parts")
    options = {"steps": 6, "adversarial": 0.1}
    for shot in (whole, parts):
        shot.write_keys(1003)
    whole.tune(options, keys=whole.keys)
    stopped = parts.tune(options, after_steps(parts, 3), keys=parts.keys)
    assert stopped.exit_code == 5
    assert sorted(losses_of(parts)) == [1, 2, 3]
    shutil.rmtree(parts.request().folder / "frames")  # made again, and the same
    assert parts.tune(options, keys=parts.keys, resume=True).exit_code == 0
    assert losses_of(parts) == losses_of(whole)
    assert same(tensors_of(parts.output), tensors_of(whole.output))
    ends = [sorted(each.request().folder.glob("checkpoint-*"))[-1] for each in (whole, parts)]
    for name in ("student", "average", "adversary", "first", "adversary_second"):
        first, second = ((end / f"{name}.safetensors").read_bytes() for end in ends)
        assert first == second, name
    assert "adversarial" in losses_of(whole)[5]


@pytest.mark.usefixtures("undrawn")
def test_a_tune_may_go_on_for_longer_but_not_as_another(shot):
    shot.tune({"steps": 2})
    with pytest.raises(OptionError, match="resume it with --resume"):
        shot.tune({"steps": 2})
    with pytest.raises(OptionError, match="has leak 0.5, not 0.25"):
        shot.tune({"steps": 2, "leak": 0.25}, resume=True)
    assert shot.tune({"steps": 3}, resume=True).exit_code == 0
    assert sorted(losses_of(shot)) == [1, 2, 3]
    written = Path(shot.output).stat().st_mtime_ns
    assert shot.tune({"steps": 3}, resume=True).exit_code == 0  # as a farm repeats a task
    assert "is finished" in shot.told(protocol.Trained)[-1].message
    assert Path(shot.output).stat().st_mtime_ns == written
    assert shot.tune({"steps": 2}, overwrite=True).exit_code == 0
    assert sorted(losses_of(shot)) == [1, 2]
    state = sorted(shot.request().folder.glob("checkpoint-*/state.json"))[-1]
    state.write_text("{")
    with pytest.raises(WeightsError, match="damaged; remove it"):
        shot.tune({"steps": 3}, resume=True)


@pytest.mark.usefixtures("undrawn")
def test_a_poisoned_tune_returns_the_start_and_says_so(shot, monkeypatch):
    real = session.TuneSession.train

    def poisoned(self, *material):
        found = real(self, *material)
        with torch.no_grad():
            for name, each in self.average.items():
                if name == "refine.answer.bias":
                    each += 0.5  # opaque everywhere
        return found

    monkeypatch.setattr(session.TuneSession, "train", poisoned)
    assert shot.tune({"steps": 4}).exit_code == 0
    assert same(tensors_of(shot.output), tensors_of(shot.weights))
    lineage = load_weights(Path(shot.output))[1]
    assert lineage.recipe["is_start"] is True
    assert "returned as they were" in shot.told(protocol.Trained)[-1].message
    totals = [total for _, total in json.loads(_state(shot))["selection"]["history"]]
    assert any(total is None or total > 1 for total in totals)


@pytest.mark.usefixtures("undrawn")
def test_the_best_step_is_handed_over_and_not_the_last(shot, monkeypatch):
    marks = iter([{"leak": 0.01}, {"leak": 0.005}, {"leak": 0.009}, {"leak": 0.02}])
    seen = []

    def score_network(network, held, device, **more):
        seen.append({n: t.clone() for n, t in network.state_dict().items()})
        solutions = real(network, held, device, **more)[1]
        return next(marks), solutions

    real = loop.score_network
    monkeypatch.setattr(loop, "score_network", score_network)
    monkeypatch.setattr(loop, "_VALIDATIONS", (3, 3))
    shot.tune({"steps": 6, "rate": 1e-2})
    assert same(tensors_of(shot.output), seen[1])
    assert not same(tensors_of(shot.output), seen[3])
    assert load_weights(Path(shot.output))[1].recipe["best_step"] == 2


@pytest.mark.usefixtures("undrawn")
def test_patience_ends_it_early(shot, monkeypatch):
    monkeypatch.setattr(loop, "_VALIDATIONS", (10, 10))
    monkeypatch.setattr(
        loop,
        "score_network",
        lambda *a, real=loop.score_network, **m: ({"leak": 1}, real(*a, **m)[1]),
    )
    shot.tune({"steps": 20, "patience": 2})
    assert max(losses_of(shot)) < 10


@pytest.mark.usefixtures("undrawn")
def test_memory_that_runs_out_makes_steps_smaller(shot, monkeypatch):
    real, works = session.draw_batch, []

    def draw_batch(material, work, **more):
        works.append((work.crop, work.windows))
        if work.windows > 1:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return real(material, work, **more)

    monkeypatch.setattr(session, "draw_batch", draw_batch)
    assert shot.tune({"steps": 2, "windows": 4}).exit_code == 0
    assert works == [(96, 4), (96, 2), (96, 1), (96, 1)]


def test_a_dry_run_trains_nothing_and_tells_for_how_long_it_would(shot):
    assert shot.tune({"steps": 0, "hours": 1.0}, dry_run=True).exit_code == 0
    assert not Path(shot.output).exists()
    assert [path.name for path in shot.request().folder.iterdir()] == ["frames"]  # as it was
    (told,) = shot.told(protocol.Trained)
    assert told.message.startswith("a dry run, nothing is trained: 2 frames to learn from")
    figures = told.figures
    assert figures["seconds"] == pytest.approx(3600, rel=0.05)
    assert figures["steps"] * figures["seconds_a_step"] == pytest.approx(
        3600 - figures["seconds_preparing"], rel=0.05
    )


def _state(shot):
    return sorted(shot.request().folder.glob("checkpoint-*/state.json"))[-1].read_text("utf-8")
