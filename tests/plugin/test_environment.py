import pytest

from platekey.plugin import environment


@pytest.mark.parametrize(
    ("package", "program"),
    [
        ("lib/python3.11/site-packages/platekey", "bin/python"),
        ("Lib/site-packages/platekey", "Scripts/python.exe"),
        ("platekey", "platekey/.venv/bin/python"),
        ("platekey", "platekey/.venv/Scripts/python.exe"),
    ],
)
def test_the_environment_around_platekey_is_found(tmp_path, monkeypatch, package, program):
    (tmp_path / package).mkdir(parents=True)
    monkeypatch.setattr(environment, "_PACKAGE", str(tmp_path / package))
    assert environment.python_around() == ""
    python = tmp_path / program
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("")
    assert environment.python_around() == str(python)
