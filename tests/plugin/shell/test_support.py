import json
import os
import zipfile

import pytest

from platekey.core.errors import OptionError
from platekey.plugin.shell import doctor, support
from platekey.plugin.shell.diagnosis import Finding, Verdict
from platekey.plugin.shell.main import main
from platekey.plugin.shell.support_redact import Redactor, is_secret

ENVIRON = {"STUDIO_TOKEN": "abcd-efgh-1234", "foundry_LICENSE": "4101@lic.studio.example"}


@pytest.fixture
def redact():
    return Redactor(ENVIRON, "/home/zoe", {"zoe"}, {"ws042", "ws042.studio.example"}, {"5.0.0.93"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/zoe/shots/a.exr", "<home>/shots/a.exr"),
        ("/tmp/zoe-1/zoeber", "/tmp/<user>-1/zoeber"),
        ("on WS042.studio.example", "on <host>"),
        ("http://10.1.2.3:8080/", "http://<ip>:8080/"),
        ("fe80::1ff:fe23:4567:890a up", "<ip> up"),
        ("2001:db8:0:0:0:0:2:1", "<ip>"),
        ("https://me:hunter2@pip.studio/simple", "https://<login>@pip.studio/simple"),
        ("it said abcd-efgh-1234", "it said <secret>"),
        ("port 4101@lic.studio.example", "port <secret>"),
        ('"api_key": "s3cr3t"', '"api_key": "<secret>"'),
        ("license=ABC-1", "license=<secret>"),
        ("00:1b:44:11:3a:b7", "<mac>"),
    ],
)
def test_names_addresses_and_secrets_are_taken_out(redact, text, expected):
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "opencv-python-headless==5.0.0.93",
        "torch 2.13.0+cpu, Python 3.11.7",
        "ast_serialize==0.13.1",
        "frame 1003 1.42 s 812 MiB at 12:30:05",
    ],
)
def test_versions_and_times_stay(redact, text):
    assert redact(text) == text


def test_variables_that_sound_secret_are_kept_back():
    assert is_secret("STUDIO_TOKEN")
    assert is_secret("foundry_LICENSE")
    assert is_secret("AWS_SECRET_ACCESS_KEY")
    assert not is_secret("PLATEKEY_PYTHON")
    assert is_secret("PLATEKEY_TOKEN")


def test_a_bundle_holds_what_it_lists_and_no_names(monkeypatch, tmp_path, capsys):
    home = tmp_path / "zoe"
    logs = home / "logs"
    logs.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", "zoe")
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(logs))
    monkeypatch.setenv("PLATEKEY_TOKEN", "abcd-efgh-1234")
    monkeypatch.setenv("MY_SHOW", "not told")
    (logs / "shell-20260101-000000-1.log").write_text(f"zoe read {home}/a.exr by abcd-efgh-1234")
    finding = Finding("log folder", Verdict.OK, f"{logs}, 10 MiB free")
    monkeypatch.setattr(doctor, "_findings", lambda device: iter([finding]))
    path = tmp_path / "bundle é.zip"
    assert main(["doctor", "--bundle", str(path)]) == 0
    told = capsys.readouterr().out
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert all(name in told for name in texts)
    everything = "\n".join(texts.values())
    for private in (str(home), "zoe", "abcd-efgh-1234", "not told"):
        assert private not in everything
    assert json.loads(texts["findings.jsonl"])["text"].startswith("<home>/logs")
    assert "PLATEKEY_TOKEN=<secret>" in texts["environment.txt"]
    assert texts["logs/shell-20260101-000000-1.log"] == "<user> read <home>/a.exr by <secret>"
    assert "numpy==" in texts["packages.txt"]


def test_a_bundle_is_a_zip(tmp_path):
    with pytest.raises(OptionError, match=r"name it bundle\.zip"):
        support.write_bundle(tmp_path / "bundle.txt", [])
    assert os.listdir(tmp_path) == []
