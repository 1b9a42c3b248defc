"""The job in OpenCue's own pyoutline, and its frames run by the real RQD.

There is no Cuebot, which needs a database: this file plays what RQD reports to. It runs in an
environment of its own, see install/checks.py.
"""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
import xml.etree.ElementTree as Et
from concurrent import futures
from pathlib import Path

import pytest

pytest.importorskip("outline", reason="OpenCue's pyoutline is not in this environment")

from platekey.plugin.farm.engines import ENGINES  # noqa: E402
from platekey.plugin.farm.folder import write_folder  # noqa: E402
from platekey.plugin.farm.options import FarmOptions  # noqa: E402
from platekey.plugin.farm.shots import Shot  # noqa: E402
from platekey.plugin.farm.steps import make_job  # noqa: E402

ROOT = Path(__file__).parents[2]
PLATEKEY = os.environ.get("PLATEKEY_COMMAND", str(ROOT / ".venv/bin/platekey"))
DTD = (
    "https://raw.githubusercontent.com/AcademySoftwareFoundation/OpenCue/master/"
    "cuebot/src/main/resources/public/dtd/cjsl-1.15.dtd"
)
AWKWARD = """it's $HOME "two" & ü"""
MAKE = """
import pathlib, sys
sys.path.append(sys.argv[1])
from farm_shots import Shots
Shots(pathlib.Path(sys.argv[2])).make(sys.argv[3], 3)
"""
NOBODY = 65534  # RQD runs nothing as root


@pytest.fixture
def job(tmp_path):
    """A shot that need not be there, in a folder with an awkward name."""
    plates = tmp_path / AWKWARD
    shot = Shot(
        f"{plates}/plate.####.exr",
        f"{plates}/clean.exr",
        f"{tmp_path}/out/matte.####.exr",
        name="sh010",
        background=f"{plates}/clean.exr",
        comp=f"{tmp_path}/out/comp.####.exr",
    )
    options = FarmOptions(PLATEKEY, chunk=2, report=f"{tmp_path}/report", memory=4000, gpus=1)
    return make_job("a night", [(shot, (1001, 1002, 1003))], {}, options)


@pytest.fixture
def specification(job, tmp_path):
    """What pyoutline would send to Cuebot, as text."""
    engine, folder = ENGINES["opencue"], tmp_path / "job"
    write_folder(folder, engine.files(job, folder, ""))
    words = [*engine.command(folder, job)[1:], "--xml", str(tmp_path / "job.xml")]
    environ = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *words], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return (tmp_path / "job.xml").read_text(encoding="utf-8")


def test_the_specification_has_layers_and_dependencies_of_whole_layers(specification):
    spec = Et.fromstring(specification)
    found = {layer.get("name"): layer for layer in spec.iter("layer")}
    assert list(found) == ["solve_sh010", "comp_sh010", "review_sh010", "report"]
    solve = {item.tag: item.text for item in found["solve_sh010"]}
    assert (solve["range"], solve["chunk"]) == ("1001-1003", "2")
    assert (solve["memory"], solve["gpus"], solve["timeout"]) == ("4000m", "1", "25")
    depends = [
        (item.get("type"), item.find("deplayer").text, item.find("onlayer").text)
        for item in spec.iter("depend")
    ]
    assert depends == [
        ("LAYER_ON_LAYER", "comp_sh010", "solve_sh010"),
        ("LAYER_ON_LAYER", "review_sh010", "solve_sh010"),
        ("LAYER_ON_LAYER", "review_sh010", "comp_sh010"),
        ("LAYER_ON_LAYER", "report", "review_sh010"),
    ]


def test_the_specification_is_valid_by_the_published_dtd(specification):
    from lxml import etree

    named = os.environ.get("PLATEKEY_OPENCUE_DTD", "")
    try:
        if named:
            text = Path(named).read_bytes()
        else:
            with urllib.request.urlopen(DTD, timeout=10) as stream:
                text = stream.read()
    except OSError as error:
        pytest.skip(f"the DTD cannot be fetched ({error}); name a copy in PLATEKEY_OPENCUE_DTD")
    dtd = etree.DTD(io.BytesIO(text))
    assert dtd.validate(etree.fromstring(specification.encode())), dtd.error_log


class Cuebot:
    """What RQD reports to."""

    def __init__(self):
        from opencue_proto import report_pb2, report_pb2_grpc

        ended = self.ended = {}

        class Reports(report_pb2_grpc.RqdReportInterfaceServicer):
            def ReportRqdStartup(self, request, context):
                return report_pb2.RqdReportRqdStartupResponse()

            def ReportStatus(self, request, context):
                return report_pb2.RqdReportStatusResponse()

            def ReportRunningFrameCompletion(self, request, context):
                report = request.frame_complete_report
                ended[report.frame.frame_name] = report.exit_status
                return report_pb2.RqdReportRunningFrameCompletionResponse()

        import grpc

        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        report_pb2_grpc.add_RqdReportInterfaceServicer_to_server(Reports(), self.server)
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()


@pytest.fixture
def damaged(tmp_path):
    """The shot on disk, made in platekey's own environment; its second frame is cut short."""
    python = Path(PLATEKEY).with_name("python")
    if not python.exists():
        pytest.skip(f"no {PLATEKEY}; name the command in PLATEKEY_COMMAND")
    words = ["-I", "-c", MAKE, str(Path(__file__).parent), str(tmp_path), AWKWARD]
    subprocess.run([str(python), *words], check=True)
    plate = tmp_path / AWKWARD / "plate.1002.exr"
    plate.write_bytes(plate.read_bytes()[:1000])


@pytest.fixture
def launch(tmp_path):
    """Runs a command as a frame of the real RQD; returns its exit status."""
    import grpc
    from opencue_proto import rqd_pb2, rqd_pb2_grpc

    cuebot = Cuebot()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    conf = tmp_path / "rqd.conf"
    settings = {
        "OVERRIDE_CUEBOT": "localhost",
        "CUEBOT_GRPC_PORT": cuebot.port,
        "RQD_GRPC_PORT": port,
        "OVERRIDE_NIMBY": False,
        "OVERRIDE_IS_DESKTOP": False,
        "RQD_CREATE_USER_IF_NOT_EXISTS": False,
        "RQD_BECOME_JOB_USER": False,
    }
    lines = [f"{name} = {value}" for name, value in settings.items()]
    conf.write_text("\n".join(("[Override]", *lines, "")))
    log = tmp_path / "rqd"
    log.mkdir(mode=0o777)
    rqd = Path(sys.executable).with_name("rqd")
    with open(tmp_path / "rqd.log", "wb") as out:
        process = subprocess.Popen(
            [str(rqd), "-c", str(conf)], stdout=out, stderr=out, start_new_session=True
        )
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    stub = rqd_pb2_grpc.RqdInterfaceStub(channel)

    def told():
        texts = [path.read_text(errors="replace") for path in log.glob("*.rqlog")]
        return "\n".join((*texts, (tmp_path / "rqd.log").read_text(errors="replace")[-2000:]))

    def until(is_so, seconds=300):
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, told()
            time.sleep(0.2)

    def is_up():
        try:
            stub.ReportStatus(rqd_pb2.RqdStaticReportStatusRequest())
        except grpc.RpcError:
            return False
        return True

    def run(name, command):
        ids = ("resource_id", "job_id", "frame_id", "layer_id")
        frame = rqd_pb2.RunFrame(
            **{item: str(uuid.uuid4()) for item in ids},
            job_name="testing-sh010-platekey",
            frame_name=name,
            command=command,
            user_name="nobody",
            log_dir=str(log),
            show="testing",
            shot="sh010",
            uid=NOBODY,
            gid=NOBODY,
            num_cores=100,
            ignore_nimby=True,
            environment={"OMP_NUM_THREADS": "1"},
        )
        stub.LaunchFrame(rqd_pb2.RqdStaticLaunchFrameRequest(run_frame=frame))
        until(lambda: name in cuebot.ended)
        (path,) = log.glob(f"*{name}.rqlog")
        until(lambda: "exitStatus" in path.read_text(errors="replace"), 30)  # its last line
        return cuebot.ended[name], told()

    try:
        until(is_up, 60)
        yield run
    finally:
        channel.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        cuebot.server.stop(None).wait()


def test_rqd_runs_the_frames_and_tells_the_exit_code(specification, damaged, launch, tmp_path):
    layers = {layer.get("name"): layer for layer in Et.fromstring(specification).iter("layer")}
    solve = layers["solve_sh010"].find("cmd").text
    chunk = solve.replace("#FRAMESPEC#", "1001-1002")  # as Cuebot does
    status, log = launch("1001-solve_sh010", chunk)
    assert status == 4, log  # frame 1002 is damaged, 1001 is made
    status, log = launch("1003-solve_sh010", solve.replace("#FRAMESPEC#", "1003"))
    assert status == 0, log
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["matte.1001.exr", "matte.1003.exr"]
    status, log = launch("0001-review_sh010", layers["review_sh010"].find("cmd").text)
    assert status == 0, log
    status, log = launch("0001-report", layers["report"].find("cmd").text)
    assert status == 0, log
    # not the log: RQD drops the last lines of a frame
    (shot,) = json.loads((tmp_path / "report/report.json").read_text())["shots"]
    assert shot["steps"]["solve"]["done"] == [1001, 1003]
    assert list(shot["steps"]["solve"]["failed"]) == ["1002"]
    assert shot["missing"] == [1002]
