import json

import pytest
from openjd.model import create_job, decode_job_template, preprocess_job_parameters
from openjd.model._step_param_space_iter import StepParameterSpaceIterator

from platekey.core.errors import OptionError
from platekey.nodes.matte import MATTE
from platekey.plugin.farm import openjd

EXTENSIONS = ["TASK_CHUNKING"]


def decoded(job):
    files = openjd.bundle(job)
    template = json.loads(files["template.json"])
    return template, decode_job_template(template=template, supported_extensions=EXTENSIONS)


def created(job, folder):
    """The job as an engine makes it of the bundle: the model's own checks, values put in."""
    files = openjd.bundle(job)
    template = decode_job_template(
        template=json.loads(files["template.json"]), supported_extensions=EXTENSIONS
    )
    given = json.loads(files["openjd-parameters.json"])
    values = preprocess_job_parameters(
        job_template=template,
        job_parameter_values={name: str(value) for name, value in given.items()},
        job_template_dir=folder,
        current_working_dir=folder,
    )
    return create_job(job_template=template, job_parameter_values=values)


def parameters(template):
    return {item["name"]: item for item in template["parameterDefinitions"]}


def test_the_template_passes_the_checks_of_the_specifications_own_library(make):
    template, model = decoded(make(report="/report"))
    assert template["specificationVersion"] == "jobtemplate-2023-09"
    assert template["extensions"] == EXTENSIONS
    assert [step.name for step in model.steps] == ["solve_sh010", "review_sh010", "report"]


def test_every_setting_of_the_node_is_a_parameter_with_its_range(make):
    found = parameters(decoded(make())[0])
    for parameter in MATTE.parameters:
        if parameter.name != "weights":  # a path that is not given is none
            name = "Solve" + "".join(part.capitalize() for part in parameter.name.split("_"))
            assert found[name]["description"] == parameter.tooltip
    assert (found["SolveTolerance"]["minValue"], found["SolveTolerance"]["maxValue"]) == (0.5, 20.0)
    assert found["SolveMethod"]["allowedValues"] == ["difference", "network"]
    assert found["SolveEdgeWidth"]["minValue"] == 0  # automatic, below the least width


def test_a_switch_is_one_of_its_two_words(make):
    found = parameters(decoded(make(settings={"solve": {"align": False}}))[0])
    assert found["SolveAlign"]["allowedValues"] == ["--align", "--no-align"]
    assert found["SolveAlign"]["default"] == "--no-align"


def test_paths_are_of_the_type_that_is_mapped(make):
    found = parameters(decoded(make(report="/report"))[0])
    kinds = {
        name: (found[name]["objectType"], found[name]["dataFlow"])
        for name in ("Plate", "CleanPlate", "Output", "Report")
    }
    assert kinds == {
        "Plate": ("FILE", "NONE"),  # a pattern: the asset references name its frames
        "CleanPlate": ("FILE", "IN"),
        "Output": ("FILE", "OUT"),
        "Report": ("DIRECTORY", "OUT"),
    }
    assert found["Plate"]["type"] == "PATH"


def test_tasks_are_chunks_of_all_frames(make, tmp_path):
    frames = (1001, 1002, 1003, 1005, 1007, 1009, 1011)
    (step,) = created(make(frames=frames, chunk=3), tmp_path).steps
    told = [task["Frame"].value for task in StepParameterSpaceIterator(space=step.parameterSpace)]
    from platekey.core.frames.sequence import parse_frame_range

    assert [parse_frame_range(text) for text in told] == [
        (1001, 1002, 1003),
        (1005, 1007),
        (1009, 1011),
    ]


def test_shots_that_differ_keep_their_paths_in_their_own_steps(make, make_shot, tmp_path):
    job = created(make(make_shot("a"), make_shot("b")), tmp_path)
    paths = [step.parameterSpace.taskParameterDefinitions["Plate"].range for step in job.steps]
    assert paths == [["/show/a/plate.####.exr"], ["/show/b/plate.####.exr"]]


def test_a_step_tells_its_needs_and_has_a_notice_before_its_end(make):
    template, _ = decoded(make(gpus=1, memory=6000, cores=3, minutes=1.0, chunk=5))
    (step,) = template["steps"]
    assert step["hostRequirements"]["amounts"] == [
        {"name": "amount.worker.vcpu", "min": 3},
        {"name": "amount.worker.memory", "min": 6000},
        {"name": "amount.worker.gpu", "min": 1},
    ]
    action = step["script"]["actions"]["onRun"]
    assert action["timeout"] == 300 + 5 * 60
    assert action["cancelation"] == {
        "mode": "NOTIFY_THEN_TERMINATE",
        "notifyPeriodInSeconds": 120,
    }


def test_forty_shots_with_all_steps_stay_within_the_limits(make, make_shot, tmp_path):
    shots = [
        make_shot(
            f"sh{n:04d}",
            clean=True,
            tune=True,
            weights=f"/w/{n}.safetensors",
            background="/b.exr",
            comp=f"/show/{n}/comp.####.exr",
        )
        for n in range(40)
    ]
    settings = {"tune": {"weights": "/base.safetensors"}, "comp": {"wrap": {"1001": 0.2}}}
    job = make(*shots, settings=settings, report="/report")
    assert len(created(job, tmp_path).steps) == 40 * 5 + 1
    template, _ = decoded(job)
    assert len(template["parameterDefinitions"]) <= openjd.MOST_PARAMETERS
    assert parameters(template)["CompWrap"]["default"] == "1001:0.2"


def test_awkward_names_reach_the_parameters_as_they_are(make, make_shot, awkward, tmp_path):
    job = created(make(make_shot("sh010", folder=awkward)), tmp_path)
    assert job.parameters["Plate"].value == f"{awkward}/plate.####.exr"


@pytest.mark.parametrize("several", [False, True])
def test_what_would_be_a_reference_is_refused(make, make_shot, several):
    shots = [make_shot("a", folder="/x/{{Param.Plate}}"), make_shot("b")]
    with pytest.raises(OptionError, match="two opening braces"):
        openjd.bundle(make(*shots)) if several else openjd.bundle(make_named(make))


def make_named(make):
    from dataclasses import replace

    return replace(make(), name="{{Job}}")


def test_the_bundle_names_the_files_to_carry_and_the_folders_to_fetch(make):
    from dataclasses import replace

    job = replace(make(report="/report"), inputs=("/show/sh010/plate.1001.exr",))
    references = json.loads(openjd.bundle(job)["asset_references.json"])["assetReferences"]
    assert references["inputs"]["filenames"] == ["/show/sh010/plate.1001.exr"]
    assert references["outputs"]["directories"] == ["/report", "/show/sh010/out"]


def test_the_report_brings_its_list_of_shots_along(make):
    template, _ = decoded(make(report="/report"))
    report = template["steps"][-1]
    (file,) = report["script"]["embeddedFiles"]
    assert json.loads(file["data"]) == [{"name": "sh010", "frames": "1001-1010"}]
    assert "--shots={{Task.File.Shots}}" in report["script"]["actions"]["onRun"]["args"]
