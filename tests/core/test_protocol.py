"""Lines: what goes out comes back, and what does not belong is refused with one sentence."""

import ast
import json
import re
from pathlib import Path

import pytest

from platekey.core import protocol
from platekey.core.errors import BadMessage

ROOT = Path(__file__).parents[2]
MESSAGES = [
    protocol.Hello(software="test", log="/tmp/x.log"),
    protocol.Request(id=3, task="solve", arguments={"plate": "a.%04d.exr", "options": {"tile": 0}}),
    protocol.Cancel(id=3),
    protocol.Status(),
    protocol.Shutdown(),
    protocol.StatusReply(running=None, waiting=[4, 5], memory_mib=812.5, log="worker.log"),
    protocol.Progress(done=0.25, message="frame 1001: solving", id=3),
    protocol.Warning(message="Größe \u2028 ungewöhnlich\n", frame=1001, id=3),
    protocol.FrameDone(frame=-5, outputs={"exr": "out.-0005.exr"}, report={"a": [1, None]}),
    protocol.Trained(
        step=20, message="loss 0.1", figures={"score": 0.9}, outputs={"sheet": "s.png"}
    ),
    protocol.FrameFailed(frame=1002, kind="MissingFrame", message="gone"),
    protocol.Result(exit_code=4, written=[1001], failed=[1002]),
    protocol.Error(kind="InputMismatch", message="no", exit_code=3, detail="trace"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_message_survives_the_line(message):
    line = protocol.encode(message)
    assert len(line.splitlines()) == 1
    assert protocol.decode(line) == message


def test_every_message_type_is_tried_above():
    assert {type(message) for message in MESSAGES} == set(protocol._TYPES.values())


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "no JSON"),
        ("hello", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"type": "progress", "done": NaN}', "no JSON"),
        ("[1, 2]", "no JSON object"),
        ("{}", "type is 'None'"),
        ('{"type": ["solve"]}', "it must be one of cancel, error"),
        ('{"type": "sovle"}', "type is 'sovle'"),
        ('{"type": "cancel"}', "cancel has no id"),
        ('{"type": "cancel", "id": 1, "force": true}', "unknown fields force; known are id"),
        ('{"type": "cancel", "id": "1"}', "id of cancel is '1'; it must be int"),
        ('{"type": "cancel", "id": true}', "it must be int"),
        ('{"type": "request", "id": 1, "task": "solve", "arguments": []}', "arguments of request"),
        ('{"type": "result", "exit_code": 0, "written": ["1"]}', "written of result"),
        ('{"type": "status_reply", "running": 1.5}', "running of status_reply"),
        ('{"type": "warning", "message": null}', "message of warning is 'None'; it must be str"),
        ('{"type": "frame_done", "frame": 1, "outputs": {"exr": 1}}', "outputs of frame_done"),
        (" " * (protocol.LONGEST_LINE + 1), "characters; send at most"),
    ],
    ids=str,
)
def test_what_is_no_message_is_refused_with_a_sentence(line, sentence):
    with pytest.raises(BadMessage, match=re.escape(sentence)) as raised:
        protocol.decode(line)
    assert len(str(raised.value)) < 400


def test_a_whole_number_will_do_for_a_float():
    assert protocol.decode('{"type": "progress", "done": 1}').done == 1


def test_a_hello_of_another_version_is_told_apart_whatever_it_holds():
    line = json.dumps({"type": "hello", "version": 99, "colour": "green"})
    assert protocol.decode(line) == protocol.Hello(version=99)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"type": "status"}, "dict is no message"),
        (protocol.Progress(done=float("nan")), "progress cannot be written as JSON"),
        (protocol.Request(id=1, task="solve", arguments={"a": object()}), "request cannot be"),
        (protocol.Warning(message="x" * protocol.LONGEST_LINE), "send at most"),
    ],
)
def test_what_cannot_be_written_is_refused_before_it_is_sent(message, sentence):
    with pytest.raises(BadMessage, match=sentence):
        protocol.encode(message)


HOST_SIDE = ["core/protocol.py", "core/errors.py", "plugin/client.py", "plugin/line_process.py"]


@pytest.mark.parametrize("relative", HOST_SIDE)
def test_the_host_side_is_written_for_python_3_7(relative):
    source = (ROOT / relative).read_text()
    assert ast.parse(source, feature_version=(3, 7)).body


EXAMPLES = re.findall(
    r"^ {4}(\{.*\})$", (ROOT / "docs/protocol.md").read_text(), flags=re.MULTILINE
)


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_of_the_documentation_is_a_message(line):
    message = protocol.decode(line)
    assert protocol.decode(protocol.encode(message)) == message


def test_the_documentation_has_an_example_of_every_message():
    assert {json.loads(line)["type"] for line in EXAMPLES} == set(protocol._TYPES)
