"""The network inside Nuke: channels and knobs are those of the export."""

import nk_grammar
import nk_reader
import nuke
import pytest

from platekey.core.network.export import KNOBS
from platekey.plugin.nuke import inference
from platekey.plugin.shell.export import CHANNELS_IN, CHANNELS_OUT, HINT_IN


@pytest.fixture(autouse=True)
def fresh():
    nuke.reset()


@pytest.fixture
def exported(tmp_path):
    path = tmp_path / "hair.pt"
    path.write_bytes(b"TorchScript")
    return path


def test_the_group_is_grammatical_and_packs_what_the_export_expects():
    nodes, stack = nk_reader.read(inference.inference_script())
    assert stack == nodes
    nk_grammar.check(nodes[0])
    taken = {child.name: child for child in nodes[0].children}
    copied = {}
    for name, source in (("pack_clean_plate", "clean_plate"), ("pack_hint", "hint")):
        copy = taken[name]
        assert copy.inputs[1] is taken[source]  # A, from which a Copy copies; B goes through
        for number in range(4):
            if f"to{number}" in copy.knobs:
                copied[copy.knobs[f"to{number}"]] = (source, copy.knobs[f"from{number}"])
    assert copied == {
        "forward.u": ("clean_plate", "rgba.red"),
        "forward.v": ("clean_plate", "rgba.green"),
        "backward.u": ("clean_plate", "rgba.blue"),
        "rgba.alpha": ("hint", "rgba.alpha"),
    }
    assert ",".join(inference.CHANNELS_IN) == f"{CHANNELS_IN},{HINT_IN}"
    assert ",".join(inference.CHANNELS_OUT) == CHANNELS_OUT


def test_a_cat_file_is_made_with_the_exports_knobs(exported, tmp_path, capsys):
    cat = tmp_path / "hair.cat"
    assert inference.main((str(exported), str(cat))) == 0
    assert cat.read_bytes() == b"TorchScript"
    creator = nuke.allNodes("CatFileCreator")[0]
    assert creator["createCatFile"].pressed == 1
    assert {name: creator[name].value() for name in KNOBS} == {
        name: default for name, (default, _) in KNOBS.items()
    }
    assert "is written" in capsys.readouterr().out


def test_what_cannot_be_made_is_said(exported, tmp_path, capsys, monkeypatch):
    assert inference.main(("one",)) == 2
    assert "usage" in capsys.readouterr().out
    for words, said in (
        (("hair.safetensors", "hair.cat"), "has to end in .pt"),
        (("nowhere.pt", "hair.cat"), "platekey export"),
        ((str(exported), str(exported)), "has to end in .cat"),
    ):
        assert inference.main(words) != 0
        assert said in capsys.readouterr().out
    (tmp_path / "there.cat").write_bytes(b"")
    assert inference.main((str(exported), str(tmp_path / "there.cat"))) != 0
    assert "is there" in capsys.readouterr().out
    knob = type(nuke.nodes.CatFileCreator()["createCatFile"])
    monkeypatch.setattr(knob, "execute", lambda self: None)  # as Nuke without the X does
    assert inference.main((str(exported), str(tmp_path / "no.cat"))) != 0
    assert "is this a NukeX" in capsys.readouterr().out
