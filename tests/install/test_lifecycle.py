import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from platekey.install import lifecycle, manifest, versions
from platekey.install.environment import SetupError
from platekey.install.lifecycle import Consent


@pytest.fixture
def installed(layout, plan):
    lifecycle.install(layout, plan, central=False)
    return layout


def asked(layout):
    (path,) = layout.current.glob("environment/lib/*/site-packages/asked.txt")
    return [line.split("|") for line in path.read_text().splitlines()]


def test_installing_and_uninstalling_leaves_everything_as_it_was(home, layout, plan, listing):
    nuke_init = home / ".nuke" / "init.py"
    nuke_init.parent.mkdir()
    nuke_init.write_bytes(b"import nuke\r\nprint('m\xc3\xbcde')")  # no line break at its end
    before = listing(home.parent)
    lifecycle.install(layout, plan, central=False)
    assert lifecycle.write_for_hosts(layout, Consent(nuke_init=True)) == []
    assert b"pluginAddPath" in nuke_init.read_bytes()
    logs = home / ".local" / "state" / "platekey"
    (logs / "shell-20260101-000000-1.log").write_text("a log")
    assert lifecycle.uninstall(layout) == []
    assert listing(home.parent) == before


def test_an_installation_has_its_parts_below_current(installed, home):
    assert installed.python.is_symlink()
    assert installed.extension.read_text() == str(installed.python)  # a name that stays
    assert (installed.nuke / "init.py").is_file()
    assert os.access(installed.command, os.X_OK)
    assert not (home / ".nuke").exists()


def test_the_clone_is_only_read(layout, plan, source, listing):
    before = listing(source)
    for parent, folders, files in os.walk(source):
        for name in (*folders, *files):
            path = Path(parent, name)
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    lifecycle.install(layout, plan, central=False)
    assert listing(source) == before


def test_the_tested_versions_are_installed_and_torch_alone_is_of_another_index(layout, plan):
    lifecycle.install(layout, replace(plan, torch="cpu"), central=False)
    torch, rest = asked(layout)
    assert torch[1:7] == [
        *("--constraint", "constraints.txt"),
        *("--extra-index-url", "https://download.pytorch.org/whl/cpu"),
        *("--no-deps", "torch"),
    ]
    assert rest[1:4] == ["--constraint", "constraints.txt", ".[worker]"]


def test_a_folder_of_wheels_needs_no_network(layout, plan, tmp_path):
    lifecycle.install(layout, replace(plan, torch="cpu", wheels=tmp_path), central=False)
    (words,) = asked(layout)
    assert words[1:4] == ["--no-index", "--find-links", str(tmp_path)]


def test_a_failed_install_leaves_nothing(home, layout, plan, listing, monkeypatch):
    before = listing(home)
    monkeypatch.setenv("PIP_FAILS", "1")
    with pytest.raises(SetupError, match=r"No matching distribution.*pip's log is") as caught:
        lifecycle.install(layout, plan, central=False)
    log = Path(str(caught.value).rpartition(" is ")[2].rstrip("."))
    assert "No matching" in log.read_text()  # the environment it was of is gone
    log.unlink()
    assert listing(home) == before


def test_it_installs_only_into_a_new_folder(layout, plan):
    layout.root.mkdir(parents=True)
    (layout.root / "mine.txt").write_text("mine")
    with pytest.raises(SetupError, match="holds other files") as caught:
        lifecycle.install(layout, plan, central=False)
    assert caught.value.exit_code == 3
    assert [path.name for path in layout.root.iterdir()] == ["mine.txt"]


def test_a_second_install_is_told_to_upgrade(installed, plan):
    with pytest.raises(SetupError, match="upgrade or repair"):
        lifecycle.install(installed, plan, central=False)


def test_an_upgrade_switches_to_a_version_beside_the_old_one(installed, plan, source):
    old = installed.current.resolve()
    text = (source / "pyproject.toml").read_text()
    (source / "pyproject.toml").write_text(text.replace("0.1.0", "0.2.0"))
    lifecycle.upgrade(installed, replace(plan, torch="", hosts=()))
    assert installed.current.resolve().name == "0.2.0-1"
    assert old.is_dir()  # for what still runs in it
    found = manifest.read(installed)
    assert (found.version, found.torch, found.hosts) == ("0.2.0", "index", ["nuke", "blender"])
    lifecycle.upgrade(installed, plan)
    assert not old.exists()
    assert sorted(p.name for p in installed.versions.iterdir()) == ["0.2.0-1", "0.2.0-2"]


@pytest.mark.parametrize("variable", ["PIP_FAILS", "DOCTOR_SAYS"])
def test_a_failed_upgrade_leaves_the_old_one_at_work(
    installed, plan, listing, monkeypatch, variable
):
    before = listing(installed.root)
    monkeypatch.setenv(variable, "is not installed")
    with pytest.raises(SetupError, match="install it" if "DOCTOR" in variable else "pip"):
        lifecycle.upgrade(installed, plan)
    after = listing(installed.root)
    assert after == before


def test_a_device_that_fails_here_is_no_reason_to_refuse(layout, plan, monkeypatch, capsys):
    monkeypatch.setenv("DOCTOR_SAYS", "no kernel image")
    monkeypatch.setenv("DOCTOR_ENDS", "6")
    lifecycle.install(layout, plan, central=False)
    assert "note: torch: no kernel image" in capsys.readouterr().out


def test_a_torch_without_cuda_is_refused_where_cuda_was_asked_for(layout, plan):
    with pytest.raises(SetupError, match="with CUDA was asked for"):
        lifecycle.install(layout, replace(plan, torch="cuda"), central=False)


def test_what_was_killed_before_the_switch_is_undone_by_the_next(installed, plan):
    known = manifest.read(installed)
    known.building = "0.1.0-7"
    known.write(installed)
    (installed.versions / "0.1.0-7" / "environment").mkdir(parents=True)
    lifecycle.repair(installed, plan)
    assert not (installed.versions / "0.1.0-7").exists()
    assert manifest.read(installed).current == "0.1.0-1"


def test_what_was_killed_after_the_switch_is_finished_by_the_next(installed, plan, monkeypatch):
    def killed(layout, known):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(versions, "_take_over", killed)
        with pytest.raises(KeyboardInterrupt):
            lifecycle.upgrade(installed, plan)
    assert manifest.read(installed).building == "0.1.0-2"
    lifecycle.repair(installed, plan)
    found = manifest.read(installed)
    assert (found.current, found.previous, found.building) == ("0.1.0-2", "0.1.0-1", "")


def test_a_killed_install_can_be_begun_again(installed, plan):
    known = manifest.read(installed)
    known.building, known.current = known.current, ""
    known.write(installed)
    installed.current.unlink()
    lifecycle.install(installed, plan, central=False)
    assert installed.linked() == "0.1.0-1"
    assert lifecycle.uninstall(installed) == []
    assert not installed.root.exists()


def test_repair_finds_nothing_where_all_is_well(installed, plan):
    assert lifecycle.repair(installed, plan) == ["all files are as they were written"]


def test_repair_restores_files_that_are_gone_or_changed(installed, plan):
    (package,) = installed.current.glob("environment/lib/*/site-packages/platekey")
    shutil.rmtree(package / "nodes")
    log = package / "core" / "worker" / "log.py"
    text = log.read_text()
    log.write_text(text.replace("state", "stale"))  # of the same length
    os.utime(log, ns=(0, 0))
    said = " ".join(lifecycle.repair(installed, plan))
    assert "missing: environment/lib" in said
    assert "changed: environment/lib" in said
    (restored,) = installed.current.glob("environment/lib/*/site-packages/platekey")
    assert (restored / "core" / "worker" / "log.py").read_text() == text
    assert (restored / "nodes").is_dir()
    assert [path.name for path in installed.versions.iterdir()] == ["0.1.0-2"]


def test_repair_restores_the_hosts_side_without_pip(installed, plan, monkeypatch):
    monkeypatch.setenv("PIP_FAILS", "1")
    (installed.nuke / "init.py").unlink()
    installed.extension.write_text("damaged")
    installed.current.unlink()
    said = lifecycle.repair(installed, plan)
    assert said[0].startswith("restored the link")
    assert said[-1] == "restored the hosts' side"
    assert lifecycle.repair(installed, plan) == ["all files are as they were written"]
    assert installed.extension.read_text() == str(installed.python)


def test_repair_needs_a_clone_of_the_same_version(installed, plan, source):
    (installed.current / "environment" / "pyvenv.cfg").unlink()
    text = (source / "pyproject.toml").read_text()
    (source / "pyproject.toml").write_text(text.replace("0.1.0", "0.2.0"))
    with pytest.raises(SetupError, match=r"this clone is 0\.2\.0"):
        lifecycle.repair(installed, plan)


def test_uninstall_keeps_what_others_have_written_or_edited(installed):
    mine = installed.root / "notes.txt"
    mine.write_text("mine")
    (package,) = installed.current.glob("environment/lib/*/site-packages/platekey")
    edited = package.resolve() / "nodes" / "__init__.py"
    edited.write_text("# edited")
    cache = package / "core" / "worker" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "log.cpython-399.pyc").write_text("made by Python later on")
    assert lifecycle.uninstall(installed) == [f"edited, or not written by platekey: {edited}"]
    left = sorted(path for path in installed.root.rglob("*") if path.is_file())
    assert left == sorted([mine, edited])


def test_uninstall_refuses_a_folder_without_a_manifest(layout):
    layout.root.mkdir(parents=True)
    (layout.root / "mine.txt").write_text("mine")
    with pytest.raises(SetupError, match="holds no platekey"):
        lifecycle.uninstall(layout)
    assert (layout.root / "mine.txt").exists()


@pytest.mark.parametrize("version", ["../../..", "/etc"])
def test_a_manifest_that_leads_outside_removes_nothing(installed, version):
    known = manifest.read(installed)
    known.previous = version
    known.write(installed)
    with pytest.raises(SetupError, match="outside"):
        lifecycle.uninstall(installed)
    assert installed.python.exists()


def test_an_inventory_that_leads_outside_removes_nothing(installed):
    path = installed.current / "files.json"
    path.write_text('{"../../../mine.txt": ["folder"]}')
    with pytest.raises(SetupError, match="leads outside"):
        lifecycle.uninstall(installed)
    assert installed.python.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"format": 9}', '{"format": 1, "made": 3}'])
def test_a_damaged_manifest_is_a_sentence(installed, plan, text):
    installed.manifest.write_text(text)
    with pytest.raises(SetupError) as caught:
        lifecycle.upgrade(installed, plan)
    assert caught.value.exit_code == 3


def test_two_installers_do_not_meet(installed, plan):
    with lifecycle.alone(installed.root), pytest.raises(SetupError, match="another installer"):
        lifecycle.upgrade(installed, plan)


def test_a_central_installation_writes_into_no_home(home, tmp_path, plan):
    layout = lifecycle.Layout(tmp_path / "opt" / "platekey")
    lifecycle.install(layout, plan, central=True)
    assert list(home.iterdir()) == []


def test_a_full_disk_is_told_before_the_download(layout, plan, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=5 << 20)
    monkeypatch.setattr(versions.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(SetupError, match="has 5 MiB free"):
        lifecycle.install(layout, plan, central=False)
    assert not layout.root.exists()


def test_lines_that_a_user_removed_are_told_and_not_written_again(installed, plan, home):
    lifecycle.write_for_hosts(installed, Consent(nuke_init=True))
    (home / ".nuke" / "init.py").write_text("import nuke\n")
    (said,) = lifecycle.repair(installed, plan)
    assert "--nuke-init writes them again" in said
    assert (home / ".nuke" / "init.py").read_text() == "import nuke\n"
