"""Every command on a page is taken by its own program, and those of an artist's shot are run."""

import argparse
import importlib
import itertools
import re
import runpy
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from platekey.plugin.shell.main import main

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMAND = re.compile(r"(\S*/)?(platekey|python3?|torchrun|blender|nuke) \S")
OURS = re.compile(r"\b(platekey|tests|install|plugin)\b")
UNTAKEN = {  # first word of a command, or what it runs: why no parser of ours can take it here
    "blender": "needs a Blender; tests/plugin/blender runs plugin/blender/farm.py",
    "nuke": "needs a Nuke; tests/plugin/nuke runs plugin/nuke/selftest.py",
    "platekey.core.worker": "takes no options; tests/core/worker starts it",
    "opencue_outline.py": "is a file of a job; tests/farm runs it",
    "tests/bench/...": "stands for all of them",
}
UNRUN = {  # what begins like this is only parsed, and why
    "platekey tune": "hours; tests/core/job runs one of some steps",
    "platekey train": "hours; tests/core/train runs some steps",
    "platekey lightstage": "renders in Blender, or needs what it rendered; tests/core/lightstage",
    "platekey submit": "needs a farm; tests/farm runs jobs on real engines",
    "platekey export": "seconds of TorchScript; tests/plugin/shell/test_export_command.py",
    "platekey report": "needs the journal of a job; tests/plugin/shell/test_report_command.py",
    "platekey doctor": "judges this machine; tests/plugin/shell/test_doctor.py",
    "platekey worker": "waits for a host; tests/core/worker",
    "platekey --": "tells something about itself",
}
STAND_INS = {  # what is otherwise in the footage of the tests
    "1181-1200": "1003-1004",  # frames without the subject
    "clean.####.exr": "clean_moving.####.exr",  # of a shot that has no clean plate yet
}


@dataclass(frozen=True)
class Command:
    """A command line of a page; a mention, in a sentence, may leave out what is needed."""

    text: str
    is_mention: bool

    @property
    def words(self):
        bare = re.sub(r"[\[\]]", "", re.sub(r"\s#.*", "", self.text))  # no comment, all that may be
        words = shlex.split(bare)
        while re.match(r"[A-Z_]+=", words[0]):  # variables set before
            words.pop(0)
        return [word for word in words if word != "…"]

    @property
    def is_partial(self):
        return self.is_mention or "…" in self.text

    @property
    def has_blanks(self):
        """Whether it names something of the reader's, such as OUT."""
        return any(re.match(r"[A-Z_]{2,}\b", word) for word in self.words[1:])


def commands_of(page):
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        block = re.match(r"(?: {4,}|\t)(?:\$ )?((?:[A-Z_]+=\S+ )*)(.*)", line)
        if block and COMMAND.match(block[2]):
            yield Command(block[1] + block[2], is_mention=False)
        elif not block and not line.startswith("#"):  # a heading quotes what platekey says
            spans = re.findall(r"`([^`]+)`", line)
            yield from (Command(span, is_mention=True) for span in spans if COMMAND.match(span))


def program_of(words):
    """What takes the arguments: a module of ours or a file of the repository; and they."""
    if Path(words[0]).name == "platekey":
        return "platekey.plugin.shell.main", words[1:]
    if Path(words[0]).name in ("python", "python3", "torchrun"):
        at = words.index("-m") + 1 if "-m" in words else 1
        module = words[at].replace("platekey.plugin.shell", "platekey.plugin.shell.main")
        return module, words[at + 1 :]
    return words[0], words[1:]


class Taken(BaseException):
    """Raised in the place of the work, when the program's own parser has taken its arguments."""


@pytest.fixture
def refusal_of(monkeypatch, capsys, tmp_path):
    """A function: what a program says to arguments that it does not take, else nothing."""
    parse = argparse.ArgumentParser.parse_args

    def taking(self, args=None, namespace=None):
        parse(self, args, namespace)
        raise Taken

    def refusal(program, arguments):
        monkeypatch.setattr(argparse.ArgumentParser, "parse_args", taking)
        monkeypatch.setattr(sys, "argv", [program, *arguments])
        try:
            if program.endswith(".py"):
                monkeypatch.syspath_prepend((ROOT / program).parent)
                runpy.run_path(str(ROOT / program), run_name="__main__")
            else:
                importlib.import_module(program).main()
        except Taken:
            return ""
        except SystemExit as end:  # 0: it was asked for help
            return capsys.readouterr().err if end.code else ""
        return capsys.readouterr().err

    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    before = set(sys.modules)
    yield refusal
    for name in set(sys.modules) - before:  # the benchmarks' neighbours, which have plain names
        if str(ROOT / "tests") in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


def helped(program, arguments, capsys):
    """What the program's help says about the subcommand of these arguments."""
    named = itertools.takewhile(re.compile("[a-z][a-z-]*").fullmatch, arguments)
    module = importlib.import_module(program)
    with pytest.raises(SystemExit, match="0"):
        module.main([*named, "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_taken_by_its_program(page, refusal_of, capsys):
    for command in commands_of(page):
        program, arguments = program_of(command.words)
        if program in UNTAKEN or not OURS.search(program):
            continue
        said = refusal_of(program, arguments)
        if command.is_partial and "are required" in said:
            known = helped(program, arguments, capsys)
            said = [word for word in arguments if word[:2] == "--" and word not in known]
        assert not said, command.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_shot_do_what_the_page_says(page, footage, monkeypatch):
    monkeypatch.chdir(footage)
    for command in commands_of(page):
        words = command.words
        text = " ".join(words)
        if Path(words[0]).name != "platekey" or text.startswith(tuple(UNRUN)):
            continue
        if command.has_blanks or (command.is_partial and not {"-o", "--output"} & set(words)):
            continue
        words = [STAND_INS.get(word, word) for word in words[1:]]
        assert main(words) == 0, command.text
        if "-o" in words:
            output = words[words.index("-o") + 1].replace("####", "*")
            assert list(footage.glob(output)), command.text


def test_what_is_only_parsed_or_not_taken_stands_on_a_page():
    texts = [" ".join(command.words) for page in PAGES for command in commands_of(page)]
    programs = [program_of(text.split())[0] for text in texts]
    assert [start for start in UNRUN if not any(text.startswith(start) for text in texts)] == []
    assert [name for name in UNTAKEN if name not in programs] == []
