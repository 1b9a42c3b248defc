import gzip
from pathlib import Path

import numpy as np
import pytest

from platekey.core.errors import MissingFrame, UnreadableFile
from platekey.core.lightstage.person.makehuman import (
    diffuse_texture,
    find_assets,
    read_garment,
    read_obj,
    read_target,
    to_metres,
    vertex_ranges,
)

REAL = Path(__file__).parents[4] / "../shared/data/makehuman_cc0"
SQUARE = """# a square of two groups
v 0 0 0
v 2 0 0
v 2 2 0
v 0 2 0
v 1 3 0
vt 0 0
vt 1 0
vt 1 1
vt 0 1
g body
f 1/1 2/2 3/3 4/4
g joint-top
f 4 3 5
"""
CLOTHES = """basemesh hm08
name patch
obj_file patch.obj
x_scale 0 1 2.0
y_scale 1 2 2.0
z_scale 0 1 2.0
material patch.mhmat
verts 0
tag young
0
0 1 2 0.5 0.25 0.25 0.1 0 0
 3 3 3 1 0 0 0 0.2 0.4
delete_verts
0 - 2 4
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.obj").write_text(SQUARE)
    (tmp_path / "patch.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nf 1/1 2/1 3/1\n")
    (tmp_path / "patch.mhclo").write_text(CLOTHES)
    (tmp_path / "patch.mhmat").write_text("# cloth\nname patch\ndiffuseTexture a picture.png\n")
    (tmp_path / "a picture.png").write_bytes(b"")
    (tmp_path / "skins" / "pale").mkdir(parents=True)
    (tmp_path / "skins" / "pale" / "pale.mhmat").write_text("diffuseTexture ../missing.png\n")
    (tmp_path / "targets").mkdir()
    packed = gzip.compress(b"# taller\n2 0 .5 0\n3 0 .5 -1\n")
    (tmp_path / "targets" / "universal-male-young.target.gz").write_bytes(packed)
    return tmp_path


def test_assets_are_found_by_their_endings(folder):
    assets = find_assets(folder)
    assert assets.base == folder / "base.obj"
    assert list(assets.targets) == ["universal-male-young"]
    assert list(assets.garments) == ["patch"]
    assert list(assets.skins) == ["pale"]


def test_a_folder_without_a_base_mesh_is_refused(tmp_path):
    with pytest.raises(MissingFrame, match=r"no base\.obj"):
        find_assets(tmp_path)


def test_a_mesh_has_points_faces_textures_and_groups(folder):
    mesh = read_obj(folder / "base.obj")
    assert mesh.points.shape == (5, 3)
    assert mesh.faces == [(0, 1, 2, 3), (3, 2, 4)]
    assert mesh.uv_faces == [(0, 1, 2, 3), ()]
    assert mesh.groups == {"body": [0], "joint-top": [1]}
    np.testing.assert_array_equal(mesh.vertices("joint-top"), [2, 3, 4])


def test_a_part_keeps_only_the_points_of_its_faces(folder):
    mesh = read_obj(folder / "base.obj")
    part = mesh.part([1], mesh.points + 10.0)
    np.testing.assert_array_equal(part.points, mesh.points[[2, 3, 4]] + 10.0)
    assert part.faces == [(1, 0, 2)]


def test_every_corner_has_its_texture_coordinates_or_none_has(folder):
    mesh = read_obj(folder / "base.obj")
    assert mesh.corner_uvs() is None
    textured = mesh.part([0], mesh.points).corner_uvs()
    np.testing.assert_array_equal(textured, [(0, 0), (1, 0), (1, 1), (0, 1)])


def test_a_broken_mesh_names_its_line(tmp_path):
    (tmp_path / "base.obj").write_text("v 0 0 0\nf 1 x 2\n")
    with pytest.raises(UnreadableFile, match="line 2"):
        read_obj(tmp_path / "base.obj")


def test_a_target_moves_only_what_it_names(folder):
    offsets = read_target(folder / "targets" / "universal-male-young.target.gz", 5)
    expected = np.zeros((5, 3))
    expected[2] = (0.0, 0.5, 0.0)
    expected[3] = (0.0, 0.5, -1.0)
    np.testing.assert_array_equal(offsets, expected)


@pytest.mark.parametrize("text", ["1 2 3\n", "9 0 0 0\n", "0 a b c\n"])
def test_a_broken_target_is_refused(tmp_path, text):
    (tmp_path / "bad.target").write_text(text)
    with pytest.raises(UnreadableFile, match="no morph"):
        read_target(tmp_path / "bad.target", 5)


def test_a_garment_follows_the_figure(folder):
    garment = read_garment(folder / "patch.mhclo")
    figure = read_obj(folder / "base.obj").points
    rest = garment.fit(figure)
    np.testing.assert_allclose(rest, [[0, 0, 0], [1.1, 0.5, 0], [0, 2.2, 0]])
    # Twice as wide: offsets along x double, those along y stay; the square has no depth at all.
    wide = garment.fit(figure * (2.0, 1.0, 1.0))
    np.testing.assert_allclose(wide[1], [2.2, 0.5, 0.0])
    assert garment.hides == {0, 1, 2, 4}
    assert diffuse_texture(garment.material) == (folder / "a picture.png").resolve()


def test_a_garment_without_its_mesh_is_refused(folder):
    (folder / "patch.obj").unlink()
    with pytest.raises(UnreadableFile, match=r"patch\.obj"):
        read_garment(folder / "patch.mhclo")


def test_a_garment_with_too_few_points_is_refused(folder):
    (folder / "patch.mhclo").write_text(CLOTHES.replace("0 1 2 0.5 0.25 0.25 0.1 0 0\n", ""))
    with pytest.raises(UnreadableFile, match="2 fitted points for 3"):
        read_garment(folder / "patch.mhclo")


def test_a_missing_texture_is_none(folder):
    assert diffuse_texture(folder / "skins" / "pale" / "pale.mhmat") is None


def test_vertex_ranges_include_both_ends():
    assert vertex_ranges("3 7 - 9 12") == {3, 7, 8, 9, 12}


def test_metres_have_z_up_and_look_along_minus_y():
    np.testing.assert_allclose(to_metres(np.array([[1.0, 2.0, 3.0]])), [[0.1, -0.3, 0.2]])


def test_the_real_assets_can_all_be_read():
    if not REAL.exists():
        pytest.skip("no MakeHuman assets beside the repository")
    assets = find_assets(REAL)
    base = read_obj(assets.base)
    assert len(base.points) == 19158
    for path in assets.garments.values():
        garment = read_garment(path)
        fitted = garment.fit(base.points)
        assert np.abs(fitted[:, 1]).max() < 9.0
    assert any(diffuse_texture(path) for path in assets.skins.values())
