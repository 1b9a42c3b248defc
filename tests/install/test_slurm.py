import shutil
import subprocess

import pytest

from platekey.install import slurm


@pytest.fixture
def called(monkeypatch):
    """The commands that would install Slurm, on a machine that has apt-get and no Slurm."""
    calls = []

    def run(command, **_):
        calls.append(command[1])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda name, path="": name if name == "apt-get" else None)
    monkeypatch.setattr(slurm.os, "geteuid", lambda: 0)
    return calls


def test_it_is_installed_where_it_is_missing(called, capsys):
    slurm.ensure_slurm()
    assert called == ["update", "install"]
    assert "Slurm installed" in capsys.readouterr().out


def test_nothing_is_done_where_it_is_there(called, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name, path="": name)
    slurm.ensure_slurm()
    assert called == []


def test_who_may_not_install_is_told_how(called, monkeypatch, capsys):
    monkeypatch.setattr(slurm.os, "geteuid", lambda: 1000)
    slurm.ensure_slurm()
    assert called == []
    assert "sudo apt-get install slurmctld slurmd" in capsys.readouterr().out


def test_a_failure_is_told_and_no_error(called, monkeypatch, capsys):
    def run(command, **_):
        return subprocess.CompletedProcess(command, 100, "", "a warning\nE: no network\n")

    monkeypatch.setattr(subprocess, "run", run)
    slurm.ensure_slurm()
    assert "tests will be skipped" in (told := capsys.readouterr().out)
    assert "E: no network" in told
