"""The bundle in AWS's own client, against a service that this file plays: nothing leaves here.

Runs in an environment of its own, see install/checks.py.
"""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("deadline", reason="AWS's deadline client is not in this environment")

from platekey.plugin.farm.engines import ENGINES  # noqa: E402
from platekey.plugin.farm.folder import write_folder  # noqa: E402
from platekey.plugin.farm.options import FarmOptions  # noqa: E402
from platekey.plugin.farm.shots import Shot  # noqa: E402
from platekey.plugin.farm.steps import make_job  # noqa: E402

FARM, QUEUE, JOB = (f"{kind}-{'0' * 31}1" for kind in ("farm", "queue", "job"))
# the client puts "management." before the host's name, which no resolver knows here
LAUNCH = """
import socket, sys
known = socket.getaddrinfo
socket.getaddrinfo = lambda host, *words, **more: known("127.0.0.1", *words, **more)
from deadline.client.cli import main
sys.argv[0] = "deadline"
main()
"""


class Service(BaseHTTPRequestHandler):
    """Answers as much as a submission asks."""

    asked = []

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}"))

    def answer(self, body):
        self.asked.append((self.command, self.path.split("?")[0], body))
        name = self.path.split("?")[0].rstrip("/").split("/")[-1]
        told = {
            QUEUE: {
                "queueId": QUEUE,
                "farmId": FARM,
                "displayName": "night",
                "status": "IDLE",
                "defaultBudgetAction": "NONE",
                "createdAt": "2026-01-01T00:00:00Z",
                "createdBy": "test",
            },
            "environments": {"environments": []},
            "jobs": {"jobId": JOB},
            JOB: {
                "jobId": JOB,
                "name": "night",
                "lifecycleStatus": "CREATE_COMPLETE",
                "lifecycleStatusMessage": "",
                "priority": 60,
                "createdAt": "2026-01-01T00:00:00Z",
                "createdBy": "test",
            },
        }
        data = json.dumps(told.get(name, {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture
def service():
    Service.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_client_takes_the_bundle_as_it_is(service, tmp_path):
    folder = tmp_path / "shots"
    folder.mkdir()
    (folder / "clean.exr").write_bytes(b"exr")
    shots = [
        (
            Shot(
                f"{folder}/plate.####.exr", f"{folder}/clean.exr", f"{folder}/o.####.exr", name=name
            ),
            (1001, 1002),
        )
        for name in ("sh010", "sh020")
    ]
    job = make_job("a night", shots, {}, FarmOptions(report=str(tmp_path / "r"), priority=60))
    engine, bundle = ENGINES["deadline-cloud"], tmp_path / "bundle"
    write_folder(bundle, engine.files(job, bundle, ""))
    environ = {
        **os.environ,
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://localhost:{service}",
        "DEADLINE_CLOUD_TELEMETRY_OPT_OUT": "true",
        "NO_PROXY": "*",
    }
    words = [*engine.command(bundle, job)[1:], "--farm-id", FARM, "--queue-id", QUEUE]
    done = subprocess.run(
        [sys.executable, "-c", LAUNCH, *words],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (sent,) = [body for method, path, body in Service.asked if path.endswith("/jobs")]
    assert sent["priority"] == 60
    assert sent["template"] == (bundle / "template.json").read_text()
    assert sent["parameters"]["Platekey"] == {"string": "platekey"}
    assert sent["parameters"]["ChunkSize"] == {"int": "20"}
