import pytest

from platekey.core.errors import OptionError
from platekey.plugin.farm.job import command
from platekey.plugin.farm.options import FarmOptions
from platekey.plugin.farm.steps import make_job


def steps(job):
    return {step.name: step for step in job.steps}


def test_a_shot_with_everything_has_its_steps_in_order(make, make_shot):
    full = make_shot(
        "sh010",
        clean=True,
        tune=True,
        weights="/w/sh010.safetensors",
        background="/b.exr",
        comp="/show/comp.####.exr",
    )
    start = {"tune": {"weights": "/base.safetensors", "hours": 3.0}}
    made = steps(make(full, settings=start, report="/report"))
    assert {name: step.needs for name, step in made.items()} == {
        "clean_sh010": (),
        "tune_sh010": ("clean_sh010",),
        "solve_sh010": ("clean_sh010", "tune_sh010"),
        "comp_sh010": ("clean_sh010", "solve_sh010"),
        "review_sh010": ("clean_sh010", "tune_sh010", "solve_sh010", "comp_sh010"),
        "report": ("review_sh010",),
    }
    assert made["tune_sh010"].goes_on
    assert made["tune_sh010"].resources.seconds == 3 * 3600 + 1800
    assert "--resume" in command(made["tune_sh010"], "")
    solve = command(made["solve_sh010"], "1001-1004")
    assert "--weights=/w/sh010.safetensors" in solve
    assert "--method=network" in solve
    assert "--frames=1001-1004" in solve
    assert made["review_sh010"].in_any_case


def test_a_shot_has_only_the_steps_that_it_asks_for(make):
    assert list(steps(make())) == ["solve_sh010"]


def test_frames_are_made_in_chunks_where_they_do_not_need_each_other(make, make_shot):
    made = steps(make(make_shot("sh010", clean=True), chunk=4))
    assert (made["solve_sh010"].frames[0], made["solve_sh010"].chunk) == (1001, 4)
    assert made["clean_sh010"].frames == ()
    assert "--frames=1001-1010" in command(made["clean_sh010"], "")


def test_a_path_that_a_step_writes_and_another_reads_is_one_value(make, make_shot):
    comp = make_shot("sh010", background="/b.exr", comp="/c.####.exr")
    values = [value for value in make(comp).values() if value.text.endswith("matte.####.exr")]
    assert [value.name for value in values] == ["Output"]
    assert values[0].is_output


def test_what_differs_between_shots_belongs_to_their_steps(make, make_shot):
    job = make(make_shot("a", background="/b.exr", comp="/a/c.exr"), make_shot("b"))
    shared = {value.name for value in job.values()}
    assert "SolveTolerance" in shared
    assert not {"Plate", "CleanPlate", "Output"} & shared


def test_settings_reach_the_command_as_its_options(make):
    given = {"solve": {"tolerance": 4.5, "align": False}, "comp": {"wrap": {"1001": 0.2}}}
    words = command(steps(make(settings=given))["solve_sh010"], "1")
    assert "--tolerance=4.5" in words
    assert "--no-align" in words
    assert "--fill-holes" in words


def test_a_chunk_has_the_time_of_its_frames(make):
    resources = steps(make(chunk=4, minutes=2.0))["solve_sh010"].resources
    assert resources.seconds == 300 + 4 * 120


def test_gpus_are_asked_for_only_where_they_help(make, make_shot):
    comp = make_shot("sh010", background="/b.exr", comp="/c.####.exr")
    made = steps(make(comp, gpus=1))
    assert (made["solve_sh010"].resources.gpus, made["comp_sh010"].resources.gpus) == (1, 0)


@pytest.mark.parametrize(
    ("name", "value"), [("chunk", 0), ("memory", 1), ("priority", 101), ("minutes", 0.0)]
)
def test_options_out_of_range_are_refused(name, value):
    with pytest.raises(OptionError, match=f"{name} is {value}; it must be"):
        FarmOptions(**{name: value})


@pytest.mark.parametrize("text", ["/a\nFrames=1", "/a\r", "/a\0", "/a\u2028b", "/a\udc80"])
def test_line_breaks_are_refused_for_engines_read_lines(make, make_shot, text):
    with pytest.raises(OptionError, match="line break"):
        make(make_shot("sh010", folder=text))


def test_blanks_of_any_script_are_no_line_breaks(make, make_shot):
    assert make(make_shot("sh010", folder="/a\u00a0b\u3000c"))


def test_a_job_without_a_step_is_refused(make_shot):
    with pytest.raises(OptionError, match="none of the steps comp"):
        make_job("n", [(make_shot("a"), (1,))], {}, FarmOptions(), ("comp",))
