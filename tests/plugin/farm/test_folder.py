import os

import pytest

from platekey.core.errors import OptionError, OutputError
from platekey.plugin.farm.folder import write_folder


def test_a_folder_comes_with_all_its_files_and_runnable_scripts(tmp_path):
    folder = tmp_path / "new/it's a job"
    write_folder(folder, {"a.json": "{}", "steps/b.sh": "#!/bin/bash\n", "ü": "text"})
    assert (folder / "steps/b.sh").stat().st_mode & 0o111
    assert not (folder / "a.json").stat().st_mode & 0o111
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "steps", "ü"]
    assert [path.name for path in folder.parent.iterdir()] == ["it's a job"]


def test_others_on_the_farm_may_read_it(tmp_path):
    mask = os.umask(0o022)
    try:
        write_folder(tmp_path / "job", {"a": "b"})
    finally:
        os.umask(mask)
    assert (tmp_path / "job").stat().st_mode & 0o777 == 0o755


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    with pytest.raises(OptionError, match="is there; name another"):
        write_folder(tmp_path, {"a": "b"})
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_of_a_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_folder(tmp_path / "job", {"a": "b", "x" * 300: "c"})
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_folder(tmp_path / "file/job", {"a": "b"})
