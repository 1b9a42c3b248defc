"""The benchmark of training samples runs; what it finds is in docs/training-data.md."""

import json
import subprocess
import sys
from pathlib import Path


def test_samples_writes_its_table_and_every_figure(tmp_path):
    page, figures = tmp_path / "page.md", tmp_path / "found.json"
    page.write_text("before\n<!-- samples:begin -->\nold\n<!-- samples:end -->\nafter\n")
    script = Path(__file__).parent / "samples.py"
    command = [sys.executable, str(script), "--size", "32", "--batches", "1", "--workers", "0"]
    command += ["--page", str(page), "--json", str(figures)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(figures.read_text())
    assert [item["framing"] for item in found] == ["whole", "edges"]
    for item in found:
        assert item["samples_a_second"] > 0
        assert min(item["processor_sample"], item["processor_step"]) > 0
        assert 0 < item["step"] <= 60
        assert 0 <= item["waiting"] <= 1
    assert "old" not in page.read_text()
    assert "whole, 32²" in page.read_text()
