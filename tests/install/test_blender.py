import sys
import zipfile
from pathlib import Path

import pytest

from platekey.install import blender, lifecycle, manifest
from platekey.install.environment import SetupError
from platekey.install.lifecycle import Consent

FAKE = """#!/bin/sh
if [ "$1" = --version ]; then echo "Blender {version}"; exit 0; fi
printf '%s\\n' "$@" >> "{calls}"
echo "{says}"
exit {code}
"""


@pytest.fixture
def fake(tmp_path):
    """Makes a Blender that writes down how it is called."""

    def make(version="4.5.15 LTS", says="", code=0):
        folder = tmp_path / "a Blender"
        folder.mkdir(exist_ok=True)
        program, calls = folder / "blender", folder / "calls"
        program.write_text(FAKE.format(version=version, calls=calls, says=says, code=code))
        program.chmod(0o755)
        return str(program), calls

    return make


def test_blenders_own_command_installs_and_removes_it(layout, plan, fake):
    program, calls = fake()
    lifecycle.install(layout, plan, central=False)
    assert lifecycle.write_for_hosts(layout, Consent(blender=program)) == []
    assert manifest.read(layout).blenders == [program]
    words = ["--command", "extension", "install-file", "-r", "user_default", "-e"]
    assert calls.read_text().splitlines() == [*words, str(layout.extension)]
    calls.unlink()
    lifecycle.uninstall(layout)
    assert calls.read_text().splitlines() == [*words[:2], "remove", "user_default.platekey"]


def test_an_upgrade_brings_the_new_extension_into_it(layout, plan, fake):
    program, calls = fake()
    lifecycle.install(layout, plan, central=False)
    lifecycle.write_for_hosts(layout, Consent(blender=program))
    lifecycle.upgrade(layout, plan)
    lifecycle.write_for_hosts(layout, Consent())
    assert calls.read_text().splitlines().count("install-file") == 2


def test_an_old_blender_is_refused_before_it_is_asked(tmp_path, fake):
    program, calls = fake("3.4.1")
    with pytest.raises(SetupError, match=r"Blender 3\.4.*4\.2 or later"):
        blender.install(program, tmp_path / "platekey.zip")
    assert not calls.exists()


def test_a_program_that_is_no_blender_is_refused(tmp_path):
    with pytest.raises(SetupError, match="is no Blender"):
        blender.install("/bin/echo", tmp_path / "platekey.zip")
    with pytest.raises(SetupError, match="does not run"):
        blender.install(str(tmp_path / "absent"), tmp_path / "platekey.zip")


def test_a_blender_that_refuses_fails_nothing_else(layout, plan, fake):
    program, _ = fake(says="Error: the zip is damaged", code=1)
    lifecycle.install(layout, plan, central=False)
    (said,) = lifecycle.write_for_hosts(layout, Consent(blender=program))
    assert "the zip is damaged" in said
    assert manifest.read(layout).blenders == []
    assert layout.python.exists()


def test_a_blender_that_is_gone_does_not_stop_the_uninstall(layout, plan, fake, tmp_path):
    program, _ = fake()
    lifecycle.install(layout, plan, central=False)
    lifecycle.write_for_hosts(layout, Consent(blender=program))
    (tmp_path / "a Blender" / "blender").unlink()
    (said,) = lifecycle.uninstall(layout)
    assert "does not run" in said
    assert not layout.root.exists()


def test_the_real_extension_names_the_worker(tmp_path):
    extension = tmp_path / "zip é" / "platekey.zip"
    blender.pack(Path(sys.executable), extension, Path("/apps/pläte key/current/python"))
    with zipfile.ZipFile(extension) as archive:
        assert "platekey/blender_manifest.toml" in archive.namelist()
        text = archive.read("platekey/bundled/worker.json").decode()
    assert "current/python" in text
