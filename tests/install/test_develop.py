import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from platekey.install import checks, develop, environment, sample, slurm

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "install" / "develop.py"


@pytest.fixture
def called(monkeypatch):
    """What develop.py would do, without doing it."""
    calls = []
    monkeypatch.setattr(
        environment,
        "build_environment",
        lambda root, extras, kind=environment.WORKER: (
            calls.append((kind.folder, *extras)) or Path("python")
        ),
    )
    monkeypatch.setattr(sample, "run", lambda root, python: calls.append("sample"))
    monkeypatch.setattr(
        checks, "run", lambda root, python, these=checks.CHECKS: calls.append(these)
    )
    monkeypatch.setattr(slurm, "ensure_slurm", lambda: calls.append("slurm"))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sys, "version_info", (3, 11, 4, "final", 0))
    return calls


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("sample", [(".venv", "worker"), "sample"]),
        (
            "test",
            [
                (".venv", "worker", "test"),
                "slurm",
                checks.CHECKS,
                (".venv-farm", "farm-test"),
                checks.IN_ENGINES,
                (".venv-blender", "lightstage", "lightstage-test"),
                checks.IN_BLENDER,
                (".venv-blender-4.5", "lightstage", "lightstage-test"),
                checks.IN_OLDER_BLENDER,
                (".venv-blender-4.2", "lightstage", "lightstage-test"),
                checks.IN_OLDER_BLENDER,
            ],
        ),
        ("build", [(".venv", "worker")]),
    ],
)
def test_a_task_builds_what_it_needs_and_runs(called, task, expected):
    assert develop.main([task]) == 0
    assert called == expected


def test_a_python_that_blender_is_not_made_for_skips_its_tests_and_says_so(
    called, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert develop.main(["test"]) == 0
    assert called == [(".venv", "worker", "test"), "slurm", checks.CHECKS]
    assert "skipped what runs in Blender" in capsys.readouterr().out


def test_an_old_python_is_one_sentence(called, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 8, 10, "final", 0))
    assert develop.main(["sample"]) == 1
    assert called == []
    expected = (
        "develop.py: error: this is Python 3.8.10, platekey needs 3.10 or later; start it with "
        "one, for example python3.11 install/develop.py sample.\n"
    )
    assert capsys.readouterr().err == expected


def test_a_failed_step_is_a_sentence_and_its_exit_code(called, monkeypatch, capsys):
    def fail(root, python):
        raise environment.SetupError("pytest failed; look above.", 4)

    monkeypatch.setattr(checks, "run", fail)
    assert develop.main(["test"]) == 4
    assert capsys.readouterr().err == "develop.py: error: pytest failed; look above.\n"


def test_an_interruption_is_told_and_not_traced(called, monkeypatch, capsys):
    def stop(root, python):
        raise KeyboardInterrupt

    monkeypatch.setattr(sample, "run", stop)
    assert develop.main(["sample"]) == 5
    assert capsys.readouterr().err == "develop.py: error: stopped; start it again to go on.\n"


def test_the_script_starts_in_a_bare_clone_without_anything_installed(tmp_path):
    """Outside any environment, from a folder that is not the clone's."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), "--help"]  # -S: no site-packages
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "sample" in run.stdout


def test_a_bare_clone_is_set_up_whatever_a_host_put_into_pythonpath(clone, fake_pip):
    fake_pip()
    shutil.copytree(ROOT / "install", clone / "install")
    environment.build_environment(clone, ("worker",))
    host = clone / "host"
    host.mkdir()
    (host / "json.py").write_text("raise SystemExit('the json of a host')\n")
    command = [sys.executable, str(clone / "install" / "develop.py"), "build"]
    environ = {**os.environ, "PYTHONPATH": str(host)}
    run = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert run.stdout == f"environment {clone / '.venv'} is current\n", run.stderr
