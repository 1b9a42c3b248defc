import json

import pytest

from platekey.core.errors import MissingFrame, OptionError, UnreadableFile
from platekey.plugin.farm.shots import Shot, default_name, read_shots

HEAD = "name,plate,clean_plate,output"


def listed(tmp_path, text, name="night.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_shots(path)


def test_paths_are_relative_to_the_list(tmp_path):
    (shot,) = listed(tmp_path, f"{HEAD}\nsh010,a/p.####.exr,/b/c.exr,out/m.####.exr\n")
    assert shot.plate == str(tmp_path / "a/p.####.exr")
    assert shot.clean_plate == "/b/c.exr"
    assert (shot.name, shot.frames, shot.tune) == ("sh010", "", False)


def test_a_spreadsheets_mark_quotes_and_blanks_are_understood(tmp_path):
    text = f'\ufeff{HEAD}, tune, weights\nsh010, "a, ""b"".exr", c.exr, m.exr, YES, w.safetensors\n'
    (shot,) = listed(tmp_path, text)
    assert shot.plate == str(tmp_path / 'a, "b".exr')
    assert shot.tune


def test_json_says_the_same_as_csv(tmp_path):
    row = {"name": "sh010", "plate": "p.exr", "clean_plate": "c.exr", "output": "m.exr"}
    by_json = listed(tmp_path, json.dumps([{**row, "clean": True}]), "night.json")
    by_csv = listed(tmp_path, f"{HEAD},clean\nsh010,p.exr,c.exr,m.exr,x\n")
    assert by_json == by_csv


def test_a_shot_without_a_name_is_called_after_its_output(tmp_path):
    (shot,) = listed(tmp_path, "plate,clean_plate,output\np.exr,c.exr,out/sh 020.####.exr\n")
    assert shot.name == "sh_020"


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("a/matte.%04d.exr", "matte"),
        ("m.exr", "m"),
        ("/x/####.exr", "shot"),
        ("a.b.$F4.exr", "a.b"),
    ],
)
def test_names_come_from_outputs(output, name):
    assert default_name(output) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD},colour\na,p,c,m,red\n", "has the column colour; known are"),
        ("plate,output\np,m\n", "line 2 of night.csv has no clean_plate"),
        (f"{HEAD}\na,p,c\n", "line 2 of night.csv has not as many columns"),
        (f"{HEAD}\n", "has no shots"),
        (f"{HEAD}\na,p,c,m\na,p,c,n\n", "has the name a twice"),
        (f"{HEAD}\na,p,c,m\nb,p,c,m\n", "has the output .* twice"),
        (f"{HEAD},tune\na,p,c,m,maybe\n", "has tune 'maybe'; it must be yes or no"),
        (f"{HEAD},tune\na,p,c,m,yes\n", "is to be tuned, but has no weights"),
        (f"{HEAD},comp\na,p,c,m,out.exr\n", "only one of background and comp"),
        (f"{HEAD}\n../a,p,c,m\n", "the shot's name is '../a'"),
        (f"{HEAD}\n-rf,p,c,m\n", "the shot's name is '-rf'"),
        (f"{HEAD}\na b,p,c,m\n", "the shot's name is 'a b'"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused_in_a_sentence(tmp_path, text, said):
    with pytest.raises(OptionError, match=said):
        listed(tmp_path, text)


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1]", "[" * 100_000])
def test_what_is_no_list_of_objects_is_refused(tmp_path, text):
    with pytest.raises(UnreadableFile, match=r"night\.json"):
        listed(tmp_path, text, "night.json")


def test_a_list_that_is_not_there_and_one_that_is_no_text(tmp_path):
    with pytest.raises(MissingFrame, match="does not exist"):
        read_shots(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_shots(tmp_path / "binary.csv")


def test_a_list_without_an_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("platekey.plugin.farm.shots._LONGEST", 1000)
    with pytest.raises(UnreadableFile, match="is above 1000 characters; split it"):
        listed(tmp_path, HEAD + "\n" * 1000)


def test_a_name_may_be_of_any_script():
    assert Shot(name="Aufnahme_ä-01.v2", plate="p", clean_plate="c", output="o")
