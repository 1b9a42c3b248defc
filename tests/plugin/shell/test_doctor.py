import importlib.metadata
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from platekey.core.errors import ColourSpaceError
from platekey.install import inventory
from platekey.install import nuke as nuke_side
from platekey.plugin.shell import diagnosis, diagnosis_hosts, doctor
from platekey.plugin.shell.diagnosis import Finding, Verdict
from platekey.plugin.shell.main import main

OK = Finding("cpu", Verdict.OK, "2 cores")
BAD_GPU = Finding("cuda:0", Verdict.FAIL, "unspecified launch failure", "look at it", exit_code=6)
NO_OIIO = Finding("OpenImageIO", Verdict.FAIL, "is not installed", "install it")
NO_FFMPEG = Finding("ffmpeg", Verdict.WARN, "was not found", "install it")


@pytest.fixture
def found(monkeypatch):
    def finds(*findings):
        monkeypatch.setattr(doctor, "_findings", lambda device: iter(findings))

    return finds


def only(findings):
    (finding,) = findings
    return finding


@pytest.mark.parametrize(
    ("findings", "exit_code"),
    [
        ((OK,), 0),
        ((OK, NO_FFMPEG), 0),
        ((OK, BAD_GPU), 6),
        ((NO_OIIO, BAD_GPU), 1),
        ((NO_OIIO,), 1),
    ],
)
def test_the_exit_code_tells_what_kind_of_thing_fails(found, findings, exit_code):
    found(*findings)
    assert main(["doctor"]) == exit_code


def test_a_finding_is_a_line_and_its_remedy_another(found, capsys):
    found(OK, NO_OIIO)
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ok", "cpu", "2", "cores"]
    assert lines[1].startswith("fail  OpenImageIO")
    assert lines[2].strip() == "install it"
    assert lines[-1] == "1 failed"


def test_json_is_one_object_a_line(found, capsys):
    found(OK, NO_FFMPEG)
    main(["doctor", "--json"])
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["verdict"] for item in objects] == ["ok", "warn"]
    assert objects[1] == {
        "type": "finding",
        "subject": "ffmpeg",
        "verdict": "warn",
        "text": "was not found",
        "remedy": "install it",
    }


def test_the_packages_of_the_worker_are_looked_at():
    subjects = {finding.subject: finding for finding in diagnosis.installation()}
    assert subjects["torch"].text == importlib.metadata.version("torch")
    assert {"python", "platekey", "OpenImageIO", "opencolorio"} <= set(subjects)
    assert "pytest" not in subjects


def test_a_missing_package_fails_with_a_remedy(monkeypatch):
    real = importlib.metadata.version

    def version(name):
        if name == "OpenImageIO":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    failed = only(f for f in diagnosis.installation() if f.verdict is Verdict.FAIL)
    assert failed.subject == "OpenImageIO"
    assert "install" in failed.remedy


def test_little_memory_is_a_warning(monkeypatch):
    monkeypatch.setattr(diagnosis, "_free_memory_mib", lambda: 700)
    finding = only(diagnosis.memory())
    assert finding.verdict is Verdict.WARN
    assert finding.text == "700 MiB free"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc of Linux")
def test_free_memory_is_a_part_of_the_machine():
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    assert 0 < diagnosis._free_memory_mib() <= total


def fake_cuda(monkeypatch, **functions):
    import torch

    for name, function in functions.items():
        monkeypatch.setattr(torch.cuda, name, function)


def test_a_gpu_that_does_not_compute_fails_as_a_device(monkeypatch):
    def broken(index):
        raise RuntimeError("CUDA error: unspecified launch failure\nmore lines")

    fake_cuda(monkeypatch, device_count=lambda: 1, mem_get_info=broken)
    _, gpu = diagnosis.devices()
    assert (gpu.verdict, gpu.exit_code) == (Verdict.FAIL, 6)
    assert gpu.text == "CUDA error: unspecified launch failure"


def test_a_driver_without_a_cuda_torch_is_a_warning(monkeypatch):
    fake_cuda(monkeypatch, device_count=lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    _, cuda = diagnosis.devices()
    assert cuda.verdict is Verdict.WARN
    assert "sees no GPU" in cuda.text


def test_the_config_of_the_environment_is_named(monkeypatch):
    monkeypatch.setenv("OCIO", "ocio://cg-config-latest")
    finding = only(diagnosis.colour_config())
    assert "ocio://cg-config-latest" in finding.text
    assert finding.text.endswith("from $OCIO")


def test_a_config_that_cannot_be_loaded_fails_and_the_rest_goes_on(monkeypatch, tmp_path):
    monkeypatch.setenv("OCIO", str(tmp_path / "absent.ocio"))
    finding = only(diagnosis.guarded("colour config", diagnosis.colour_config))
    assert finding.verdict is Verdict.FAIL
    assert "absent.ocio" in finding.text
    assert finding.exit_code == ColourSpaceError.exit_code


def test_a_missing_ffmpeg_is_a_warning_with_a_remedy(monkeypatch):
    monkeypatch.setenv("PLATEKEY_FFMPEG", "/nowhere/ffmpeg")
    finding = only(diagnosis.ffmpeg())
    assert finding.verdict is Verdict.WARN
    assert "PLATEKEY_FFMPEG" in finding.remedy


def test_an_ffmpeg_tells_its_version(monkeypatch):
    program = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe()
    monkeypatch.setenv("PLATEKEY_FFMPEG", program)
    finding = only(diagnosis.ffmpeg())
    assert finding.verdict is Verdict.OK
    assert finding.text.startswith("ffmpeg version ")


def test_folders_are_written_to(monkeypatch, tmp_path):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    findings = list(diagnosis.folders())
    assert [finding.subject for finding in findings] == ["temporary folder", "log folder"]
    assert findings[1].verdict is Verdict.OK
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_folder_that_cannot_be_written_fails(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "file" / "logs"))
    finding = list(diagnosis.folders())[1]
    assert finding.verdict is Verdict.FAIL
    assert "cannot be written" in finding.text


def test_a_full_disk_is_a_warning(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 << 20))
    assert {finding.verdict for finding in diagnosis.folders()} == {Verdict.WARN}


def test_whatever_a_look_raises_becomes_a_finding():
    def look():
        yield OK
        raise ImportError("libtorch.so: cannot open shared object file\nmore")

    first, second = diagnosis.guarded("devices", look)
    assert first is OK
    assert second.verdict is Verdict.FAIL
    assert second.text == "ImportError: libtorch.so: cannot open shared object file"


@pytest.fixture
def no_hosts(monkeypatch, tmp_path):
    """A home folder without hosts' settings, on a machine without hosts."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("NUKE_PATH", "XDG_CONFIG_HOME", "BLENDER_USER_RESOURCES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(diagnosis_hosts, "programs", lambda host: [])
    return tmp_path


def test_the_line_for_nuke_is_told_and_found_once_it_is_set(no_hosts, monkeypatch):
    told = only(diagnosis_hosts.nuke()).text
    folder = told.rsplit(": ", 1)[1]
    assert os.path.isfile(os.path.join(folder, "menu.py"))
    monkeypatch.setenv("NUKE_PATH", os.pathsep.join(("/site/nuke", folder)))
    assert only(diagnosis_hosts.nuke()).text == f"NUKE_PATH has {folder}"


@pytest.mark.parametrize("host", ["nuke", "blender"])
def test_a_host_that_is_not_told_of_platekey_is_a_warning(no_hosts, monkeypatch, host):
    monkeypatch.setattr(diagnosis_hosts, "programs", lambda name: [Path("/opt") / name])
    finding = only(getattr(diagnosis_hosts, host)())
    assert finding.verdict is Verdict.WARN
    assert f"/opt/{host}" in finding.text
    assert finding.remedy


def test_the_lines_of_the_installer_in_a_users_init_are_found(no_hosts):
    nuke_side.add_block(nuke_side.user_init(), Path("/apps/platekey/current/nuke"))
    assert only(diagnosis_hosts.nuke()).text.endswith("init.py leads to platekey")


def test_an_extension_whose_worker_is_gone_is_a_warning(no_hosts):
    folder = no_hosts / ".config" / "blender" / "4.5" / "extensions" / "user_default" / "platekey"
    (folder / "bundled").mkdir(parents=True)
    named = folder / "bundled" / "worker.json"
    named.write_text(json.dumps({"python": "/gone/python"}))
    assert only(diagnosis_hosts.blender()).verdict is Verdict.WARN
    named.write_text(json.dumps({"python": sys.executable}))
    assert only(diagnosis_hosts.blender()).verdict is Verdict.OK


def test_the_worker_is_started_and_answers():
    finding = only(diagnosis_hosts.worker())
    assert finding.verdict is Verdict.OK
    assert finding.text.endswith("protocol version 1")


def test_a_worker_that_ends_at_once_fails(monkeypatch):
    monkeypatch.setattr(diagnosis_hosts, "worker_command", lambda python: [python, "-c", "1/0"])
    finding = only(diagnosis.guarded("worker", diagnosis_hosts.worker))
    assert finding.verdict is Verdict.FAIL


def test_files_that_are_gone_or_changed_fail_with_the_way_to_repair(tmp_path, monkeypatch):
    version = tmp_path / "platekey" / "versions" / "0.1.0-1"
    (version / "environment").mkdir(parents=True)
    (version / "environment" / "one.py").write_text("1")
    monkeypatch.setattr(sys, "prefix", str(version / "environment"))
    assert list(diagnosis_hosts.installed_files()) == []  # while it is being installed
    inventory.write(version)
    assert only(diagnosis_hosts.installed_files()).verdict is Verdict.OK
    (version / "environment" / "one.py").write_text("")
    finding = only(diagnosis_hosts.installed_files())
    assert finding.verdict is Verdict.FAIL
    assert finding.remedy.endswith(f"repair --to {tmp_path / 'platekey'}")


def test_a_cache_folder_that_cannot_be_written_names_its_variable(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PLATEKEY_CACHE", str(tmp_path / "file" / "cache"))
    finding = list(diagnosis.folders())[2]
    assert finding.verdict is Verdict.FAIL
    assert "PLATEKEY_CACHE" in finding.remedy
