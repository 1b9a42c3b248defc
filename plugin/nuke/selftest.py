"""What somebody with a licence runs in a real Nuke; it writes a report to send back.

    nuke -t PLATEKEY/plugin/nuke/selftest.py [SAMPLE] [REPORT]

SAMPLE is the folder of the sample shot, tests/data/sample of a checkout; REPORT is a text file,
platekey_selftest.txt where it is started. NUKE_PATH has to be set as docs/nuke.md says. The exit
code is 0 if all is well. Nothing is changed but a temporary folder. Python 3.7.
"""

import math
import os
import platform
import shutil
import sys
import tempfile
import traceback
from typing import Any, Callable, Dict, List, Tuple

import nuke

from platekey.core.errors import PlatekeyError
from platekey.plugin.nuke import actions, create, resident
from platekey.plugin.nuke.order import plain_file

FRAME = 1001
GRID = 24  # points across and down
ALPHA_ERROR = 0.035  # mean, of the sample's matte against the truth; 0.024 when this was written
_RGBA = ("red", "green", "blue", "alpha")
_LAYERED = ("fg.red", "fg.green", "fg.blue", "shadow.red", "confidence.Y")
_PLAIN = {  # of the comp node: nothing but over
    "layers": False, "despill": "off", "choke": 0.0, "edge_blur": 0.0, "alpha_gamma": 1.0,
    "wrap": 0.0, "shadow": 0.0, "defocus": 0.0,
}  # fmt: skip


class NotAsItShould(Exception):
    """A check failed; the message is for the report."""


class SelfTest:
    """The checks, in their order; a later one uses the nodes of those before."""

    def __init__(self, sample: str, folder: str) -> None:
        self.sample, self.folder = sample.replace("\\", "/"), folder.replace("\\", "/")
        self.nodes: Dict[str, Any] = {}
        self.points: List[Tuple[float, float]] = []

    def checks(self) -> List[Tuple[str, Callable[[], str]]]:
        """Names and functions; each returns a sentence or raises."""
        return [
            ("this Nuke", self.facts),
            ("the worker starts", self.worker),
            ("the nodes are made and connected", self.made),
            ("a plain Read is handed over as a path", self.handed_over),
            ("a frame is solved", self.solved),
            ("what comes back is what the worker wrote", self.unchanged),
            ("alpha is near the truth", self.true),
            ("an expression reads its neighbour exactly", self.neighbour),
            ("an input that has to be rendered gives the same matte", self.rendered),
            ("the comp node is an over when all else is off", self.over),
            ("a light out of focus has the lens's shape", self.defocused),
            ("a copy shows the result", self.copied),
        ]

    def facts(self) -> str:
        """What the report is about."""
        return (
            f"Nuke {nuke.NUKE_VERSION_STRING}, Python {platform.python_version()}, "
            f"{platform.platform()}, OCIO {os.environ.get('OCIO', 'not set')}, colour management "
            f"{nuke.root()['colorManagement'].value()}"
        )

    def worker(self) -> str:
        """The worker's side."""
        hello = resident.worker().hello
        return f"{hello.software}, log {hello.log}"

    def made(self) -> str:
        """All nodes."""
        for name, file in (
            ("plate", "plate.%04d.exr"),
            ("clean", "clean.1001.exr"),
            ("background", "background.exr"),
            ("truth", "gt/alpha.%04d.exr"),
        ):
            path = f"{self.sample}/{file}"
            here = path % FRAME if "%" in path else path
            _require(os.path.isfile(here), f"{here} is not there; name the sample's folder")
            node = nuke.nodes.Read(file=path, raw=True, first=FRAME, last=FRAME)
            self.nodes[name] = node
        for name in create.SCRIPTS:
            self.nodes[name] = nuke.nodePaste(create.path_of(name))
        self._connect("PlateKeyMatte", "plate", "clean")
        self._connect("PlateKeyTune", "plate", "clean")
        self._connect("PlateKeyComp", "PlateKeyMatte", "background", "clean")
        self.matte["cache_folder"].setValue(self.folder)
        nuke.frame(FRAME)
        plate = self.nodes["plate"]
        wide, high = plate.width(), plate.height()
        steps = [(i + 0.5) / GRID for i in range(GRID)]
        self.points = [(int(x * wide) + 0.5, int(y * high) + 0.5) for x in steps for y in steps]
        return f"{len(self.nodes)} nodes, {wide} x {high} pixels"

    @property
    def matte(self) -> Any:
        """The matte node."""
        return self._node("PlateKeyMatte")

    def _node(self, name: str) -> Any:
        _require(name in self.nodes, "left out, for the nodes were not made")
        return self.nodes[name]

    def handed_over(self) -> str:
        """The sample's Reads are raw EXRs."""
        path = plain_file(self._node("plate"))
        _require(bool(path), "a raw Read of an EXR is taken for one that Nuke changes")
        return str(path)

    def solved(self) -> str:
        """A solve, through the terminal's way."""
        actions.solve_frame(self.matte)
        status = str(self.matte["status"].value())
        _require(status == f"solved {FRAME}-{FRAME}", f"the node says: {status}")
        return f"{status}, {self.matte['result'].value()}"

    def unchanged(self) -> str:
        """The group against a plain Read of the same file, and its outputs against its layers."""
        plain = nuke.nodes.Read(file=self.matte["result"].value(), raw=True)
        for channel in _RGBA + _LAYERED:
            worst = self._worst(self.matte, channel, plain, channel)
            _require(worst == 0.0, f"{channel} differs by {worst:g}")
        for output, channel in (("fg", "fg.red"), ("confidence", "confidence.Y")):
            self.matte["output"].setValue(output)
            worst = self._worst(self.matte, "red", plain, channel)
            self.matte["output"].setValue("rgba")
            _require(worst < 1e-6, f"output {output} differs from its layer by {worst:g}")
        return f"{len(_RGBA + _LAYERED)} channels, no difference"

    def true(self) -> str:
        """The stored result of the sample."""
        matte, truth = self._values(self.matte, "alpha"), self._values(self.nodes["truth"], "alpha")
        _require(max(truth) > 0.9 > 0.1 > min(truth), "the truth is not read as an alpha")
        error = sum(abs(a - b) for a, b in zip(matte, truth)) / len(truth)
        _require(error < ALPHA_ERROR, f"alpha's mean error is {error:.4f}")
        return f"alpha's mean error is {error:.4f}, of {ALPHA_ERROR} that are allowed"

    def neighbour(self) -> str:
        """What the comp node's edge stands on."""
        plate = self._node("plate")
        moved = nuke.nodes.Expression(expr0="r(x + 1, y)")
        moved.setInput(0, plate)
        wanted = [plate.sample("red", x + 1, y) for x, y in self.points]
        worst = max(abs(a - b) for a, b in zip(self._values(moved, "red"), wanted))
        _require(worst == 0.0, f"r(x + 1, y) is not the neighbour, by {worst:g}")
        return "no difference"

    def rendered(self) -> str:
        """The way through the Write inside the group."""
        before = self._values(self.matte, "alpha")
        through = nuke.nodes.Expression()
        through.setInput(0, self.nodes["plate"])
        self.matte.setInput(0, through)
        actions.solve_frame(self.matte)
        status = str(self.matte["status"].value())
        worst = max(abs(a - b) for a, b in zip(self._values(self.matte, "alpha"), before))
        self.matte.setInput(0, self.nodes["plate"])
        _require(status.startswith("solved"), f"the node says: {status}")
        _require(worst < 2e-3, f"alpha differs by {worst:g}")
        return f"alpha differs by at most {worst:g}"

    def over(self) -> str:
        """The comp node against arithmetic."""
        comp = self._node("PlateKeyComp")
        for knob, value in _PLAIN.items():
            comp[knob].setValue(value)
        alphas = self._values(self.matte, "alpha")
        worst = 0.0
        for channel in _RGBA[:3]:
            fronts = self._values(self.matte, channel)
            backs = self._values(self.nodes["background"], channel)
            for got, front, alpha, back in zip(self._values(comp, channel), fronts, alphas, backs):
                wanted = front + back * (1 - alpha)
                worst = max(worst, abs(got - wanted) / (1 + abs(wanted)))
        _require(worst < 1e-5, f"it differs by {worst:g}")
        return f"differs by at most {worst:g}"

    def defocused(self) -> str:
        """A bright pixel through the comp node's Convolve, against the shape by its definition."""
        comp, plate = self._node("PlateKeyComp"), self._node("plate")
        x, y, radius, points = plate.width() // 2, plate.height() // 2, 3.2, 16
        is_there = f"(x > {x - 0.5} ? (x < {x + 0.5} ? (y > {y - 0.5} ? (y < {y + 0.5} ? 9"
        light = nuke.nodes.Expression(expr0=is_there + " : 0) : 0) : 0) : 0)")
        nothing = nuke.nodes.Expression(**{f"expr{number}": "0" for number in range(4)})
        for number, node in enumerate((nothing, light)):
            node.setInput(0, plate)
            comp.setInput(number, node)
        for knob, value in (*_PLAIN.items(), ("kernel", "polygon"), ("blades", 3)):
            comp[knob].setValue(value)
        comp["defocus"].setValue(radius)
        sides = [(math.cos(math.radians(a)), math.sin(math.radians(a))) for a in (30, 150, 270)]
        steps = [(n + 0.5) / points - 3.5 for n in range(7 * points)]
        inside: Dict[Tuple[int, int], int] = {}
        for across in steps:
            for up in steps:
                if max(across * c + up * s for c, s in sides) <= radius / 2:
                    pixel = (round(across), round(up))
                    inside[pixel] = inside.get(pixel, 0) + 1
        worst, total = 0.0, sum(inside.values())
        for across, up in [(i, j) for i in range(-3, 4) for j in range(-3, 4)]:
            got = comp.sample("red", x + across + 0.5, y + up + 0.5)
            worst = max(worst, abs(got - 9 * inside.get((across, up), 0) / total))
        comp["defocus"].setValue(0.0)
        self._connect("PlateKeyComp", "PlateKeyMatte", "background")
        _require(worst < 1e-4, f"it differs by {worst:g}; the light was 9")
        return f"differs by at most {worst:g}"

    def copied(self) -> str:
        """Copy and paste through a file, as saving and opening."""
        actions.solve_frame(self.matte)  # the path's result again
        for node in nuke.allNodes():
            node["selected"].setValue(False)
        self.matte["selected"].setValue(True)
        path = f"{self.folder}/copy.nk"
        nuke.nodeCopy(path)
        copy = nuke.nodePaste(path)
        worst = self._worst(copy, "alpha", self.matte, "alpha")
        _require(worst == 0.0, f"the copy's alpha differs by {worst:g}")
        return f"{copy.name()} shows what {self.matte.name()} shows"

    def _connect(self, name: str, *sources: str) -> None:
        for number, source in enumerate(sources):
            self.nodes[name].setInput(number, self.nodes[source])

    def _values(self, node: Any, channel: str) -> List[float]:
        return [float(node.sample(channel, x, y)) for x, y in self.points]

    def _worst(self, one: Any, channel: str, other: Any, other_channel: str) -> float:
        pairs = zip(self._values(one, channel), self._values(other, other_channel))
        return max(abs(a - b) for a, b in pairs)


def run(sample: str, report: str) -> int:
    """Runs every check, prints and writes the report; returns the exit code."""
    lines, failed = [], 0
    folder = tempfile.mkdtemp(prefix="platekey_selftest_")
    try:
        for name, check in SelfTest(sample, folder).checks():
            try:
                line = f"ok    {name}: {check()}"
            except (NotAsItShould, PlatekeyError) as error:
                line, failed = f"FAIL  {name}: {error}", failed + 1
            except Exception:  # Nuke's own: the report says it all
                line, failed = f"FAIL  {name}:\n{traceback.format_exc()}", failed + 1
            print(line, flush=True)
            lines.append(line)
    finally:
        resident.shut_down()
        shutil.rmtree(folder, ignore_errors=True)
    lines.append(f"{failed} failed" if failed else "all is well")
    with open(report, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(f"{lines[-1]}; the report is {report}", flush=True)
    return 1 if failed else 0


def _require(is_so: bool, sentence: str) -> None:
    if not is_so:
        raise NotAsItShould(sentence)


def _sample() -> str:
    package = os.path.dirname(os.path.dirname(os.path.dirname(create.FOLDER)))
    return os.path.join(package, "tests", "data", "sample")


if __name__ == "__main__":
    words = sys.argv[1:] + ["", ""]
    sys.exit(run(words[0] or _sample(), os.path.abspath(words[1] or "platekey_selftest.txt")))
