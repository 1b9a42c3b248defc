"""The job bundle in the real `openjd` command: a failing frame, a resume, a cancel."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from farm_shots import AWKWARD

from platekey.plugin.shell.main import main

pytest.importorskip("openjd.cli", reason="openjd-cli is not installed")

OPENJD = Path(sys.executable).with_name("openjd")


def bundle(shots, rows, folder, *words):
    listed = shots.list_of(rows, f"{folder.name}.csv")
    words = ("submit", "shot", listed, "--to", "openjd", "--folder", folder, *words)
    words = (*words, *shots.tune_words("tune-"))
    assert main([*map(str, words), "--dry-run"]) == 0
    template, values = folder / "template.json", folder / "openjd-parameters.json"
    return [str(OPENJD), "run", str(template), "--job-param", f"file://{values}"]


def run(command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_a_frame_fails_the_others_are_made_and_the_next_run_makes_the_rest(
    shots, local, tmp_path, report_of, capsys
):
    command = bundle(shots, shots.rows("openjd"), tmp_path / "job", "--chunk", "3")
    mend = shots.damage("sh010", 1002)
    failed = run(command)
    mend()
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "openjd_fail: 1 failed: 1002" in failed.stdout
    # the rest of the chunk is made; openjd starts no further task, which a farm does
    made = shots.outputs("openjd")
    assert sorted(made) == ["sh010/matte.1001.exr", "sh010/matte.1003.exr"]
    report = tmp_path / "job/report"
    assert main(["report", str(report)]) == 0
    assert "sh010: 2 of 3 frames, 1 failed: 1002" in capsys.readouterr().out
    assert "plate.1002.exr" in report_of(report)["sh010"]["steps"]["solve"]["failed"]["1002"]

    again = run(command)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "frame 1001 skipped" in again.stdout
    assert "openjd_progress: 100" in again.stdout
    assert shots.outputs("openjd") == local  # in chunks or in one go: the very same bytes
    found = report_of(report)
    assert list(found) == ["sh010", "sh020", "sh030"]
    for shot in found.values():
        assert shot["steps"]["solve"]["done"] == shot["expected"]
        assert not shot["steps"]["solve"]["failed"]
        assert not shot["missing"]
        assert (report / shot["sheet"]).stat().st_size > 10_000
    assert "3 shots: 11 of 11 frames done, 0 failed" in (report / "report.html").read_text()


def test_paths_are_mapped_to_this_machine(shots, local, tmp_path):
    """The list is of another machine, where the same disk has another name."""
    there = Path("/no/such/disk")
    rows = [shots.row("sh020", AWKWARD, "mapped", frames="1001,1003")]
    command = bundle(shots, rows, tmp_path / "job", "--report", "none")
    for name in ("template.json", "openjd-parameters.json"):
        path = tmp_path / "job" / name
        path.write_text(path.read_text().replace(str(shots.folder), str(there)))
    assert str(there) in (tmp_path / "job/openjd-parameters.json").read_text()
    rule = f'{{"source_path_format": "POSIX", "source_path": "{there}", '
    rule += f'"destination_path": "{shots.folder}"}}'
    rules = f'{{"version": "pathmapping-1.0", "path_mapping_rules": [{rule}]}}'
    done = run([*command, "--path-mapping-rules", rules])
    assert done.returncode == 0, done.stdout + done.stderr
    expected = {name: data for name, data in local.items() if name.startswith(AWKWARD)}
    assert expected
    assert shots.outputs("mapped") == expected


def test_sigterm_ends_the_job_with_whole_frames_and_the_next_run_goes_on(shots, tmp_path, platekey):
    shots.make("long", 60)
    rows = [shots.row("long", "long", "cancelled")]
    words = ("submit", "shot", shots.list_of(rows, "long.csv"), "--to", "openjd", "--chunk", "60")
    words = (*words, "--report", "none", "--folder", tmp_path / "job")
    out = shots.folder / "cancelled/long"
    process = subprocess.Popen(
        [str(OPENJD.with_name("platekey")), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        end = time.monotonic() + 120
        while not out.exists() or len(list(out.glob("matte.*"))) < 2:
            assert time.monotonic() < end, "no frame was made"
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        told = process.communicate(timeout=60)[0]
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == 5, told
    assert "what is written is whole" in told
    made = shots.outputs("cancelled")
    assert 2 <= len(made) < 60
    assert all(Path(name).name.startswith("matte.") for name in made), "a temporary file is left"

    last = max(int(Path(name).suffixes[0][1:]) for name in made)
    row = rows[0]
    words = [row["plate"], row["clean_plate"], "-o", row["output"], "--frames", f"1001-{last + 1}"]
    done = platekey("solve", *words)
    assert done.returncode == 0, done.stderr
    assert f"1 written, {len(made)} skipped" in done.stdout
