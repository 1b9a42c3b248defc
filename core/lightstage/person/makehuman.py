"""Reads a folder of MakeHuman-style assets: base mesh, morph targets, fitted meshes, materials.

numpy only. Points stay in the folder's own frame: decimetres, y up, the figure looks along +z;
`to_metres` turns them into Blender's. The files may lie anywhere below the folder: they are found
by their endings. Source: the file formats of makehumancommunity.org.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from platekey.core.errors import MissingFrame, UnreadableFile
from platekey.core.lightstage.scene.points import Faces, Points


@dataclass(frozen=True)
class Mesh:
    """Polygons with texture coordinates.

    Attributes:
        points: (V, 3).
        faces: indices into `points`, one tuple a polygon.
        uvs: (T, 2), [0, 1], v up; may be empty.
        uv_faces: indices into `uvs`, as `faces`; empty tuples without texture coordinates.
        groups: name to the numbers of its faces.
    """

    points: Points
    faces: Faces
    uvs: Points
    uv_faces: Faces
    groups: dict[str, list[int]]

    def vertices(self, group: str) -> NDArray[np.int64]:
        """The vertices of a group's faces, each once, ascending."""
        return np.unique([corner for face in self.groups[group] for corner in self.faces[face]])

    def corner_uvs(self) -> Points | None:
        """(C, 2) texture coordinates of every corner, or None for a mesh without."""
        if not all(self.uv_faces):
            return None
        return self.uvs[[corner for face in self.uv_faces for corner in face]]

    def part(self, faces: Iterable[int], points: Points) -> Mesh:
        """Some of the faces as a mesh of its own, with only the points they use, from `points`."""
        chosen = list(faces)
        used = np.unique([corner for face in chosen for corner in self.faces[face]]).astype(int)
        place = {int(old): new for new, old in enumerate(used)}
        kept = [tuple(place[corner] for corner in self.faces[face]) for face in chosen]
        uv_faces = [self.uv_faces[face] for face in chosen]
        return Mesh(points[used], kept, self.uvs, uv_faces, {})


@dataclass(frozen=True)
class Garment:
    """A mesh that follows the figure: clothes, hair, brows, lashes (a .mhclo file).

    Attributes:
        mesh: its polygons; the points are those of the unmorphed figure.
        corners: (V, 3) vertices of the base mesh that carry each point.
        weights: (V, 3) of the corners.
        offsets: (V, 3) added to that, scaled with the figure.
        scales: for x, y, z two vertices of the base mesh and their distance when it was made.
        hides: vertices of the base mesh that it covers.
        material: its .mhmat file.
    """

    mesh: Mesh
    corners: NDArray[np.int64]
    weights: Points
    offsets: Points
    scales: tuple[tuple[int, int, float], ...]
    hides: frozenset[int]
    material: Path

    def fit(self, figure: Points) -> Points:
        """Its (V, 3) points on a morphed and posed figure's (B, 3) points."""
        scale = [
            abs(figure[one, axis] - figure[two, axis]) / length
            for axis, (one, two, length) in enumerate(self.scales)
        ]
        carried = np.einsum("vk,vkc->vc", self.weights, figure[self.corners])
        return np.asarray(carried + self.offsets * np.array(scale))


@dataclass(frozen=True)
class Assets:
    """What a folder holds. Names are file names without their endings.

    Attributes:
        base: the base mesh's file.
        targets: morphs.
        garments: .mhclo files.
        skins: .mhmat files that lie below a folder named skins.
    """

    base: Path
    targets: dict[str, Path]
    garments: dict[str, Path]
    skins: dict[str, Path]


def find_assets(folder: Path) -> Assets:
    """Looks through a folder.

    Raises:
        MissingFrame: no base.obj in it.
    """
    bases = sorted(folder.rglob("base.obj"))
    if not bases:
        raise MissingFrame(f"{folder} has no base.obj; name a folder of MakeHuman-style assets.")
    targets = sorted([*folder.rglob("*.target"), *folder.rglob("*.target.gz")])
    skins = [path for path in sorted(folder.rglob("*.mhmat")) if "skins" in path.parts]
    return Assets(
        bases[0],
        {path.name.split(".")[0]: path for path in targets},
        {path.stem: path for path in sorted(folder.rglob("*.mhclo"))},
        {path.stem: path for path in skins},
    )


def read_obj(path: Path) -> Mesh:
    """Reads a Wavefront mesh: v, vt, f and g lines.

    Raises:
        UnreadableFile: a line that is none.
    """
    points: list[list[float]] = []
    uvs: list[list[float]] = []
    faces: Faces = []
    uv_faces: Faces = []
    groups: dict[str, list[int]] = {}
    group: list[int] = []
    for number, line in enumerate(read_lines(path), 1):
        kind, *words = line.split() or [""]
        try:
            if kind == "v":
                points.append([float(word) for word in words[:3]])
            elif kind == "vt":
                uvs.append([float(word) for word in words[:2]])
            elif kind == "g":
                group = groups.setdefault(words[0], [])
            elif kind == "f":
                corners = [word.split("/") for word in words]
                group.append(len(faces))
                faces.append(tuple(int(corner[0]) - 1 for corner in corners))
                textured = all(len(corner) > 1 and corner[1] for corner in corners)
                uv_faces.append(tuple(int(corner[1]) - 1 for corner in corners) if textured else ())
        except (ValueError, IndexError) as error:
            raise UnreadableFile(
                f"{path} line {number} is {line!r}, not a line of a mesh; replace the file."
            ) from error
    return Mesh(as_points(points, 3), faces, as_points(uvs, 2), uv_faces, groups)


def read_target(path: Path, count: int) -> Points:
    """Reads a morph: (count, 3) offsets in decimetres, 0 where the file names no vertex.

    Raises:
        UnreadableFile: a line that is not `vertex dx dy dz`, or a vertex past the base mesh.
    """
    lines = [line for line in read_lines(path) if line and not line.startswith("#")]
    offsets = np.zeros((count, 3))
    try:
        table = np.array(" ".join(lines).split(), dtype=np.float64).reshape(-1, 4)
        offsets[table[:, 0].astype(int)] = table[:, 1:]
    except (ValueError, IndexError) as error:
        raise UnreadableFile(
            f"{path} is no morph of a mesh of {count} vertices (lines of vertex dx dy dz); "
            "replace the file."
        ) from error
    return offsets


def read_garment(path: Path) -> Garment:
    """Reads a .mhclo file and the mesh that it names.

    Raises:
        UnreadableFile: a part is missing or a line is none.
    """
    words: dict[str, str] = {}
    scales: dict[str, tuple[int, int, float]] = {}
    rows: list[list[float]] = []
    hides: set[int] = set()
    section = ""
    try:
        for line in read_lines(path):
            first, *rest = line.split() or [""]
            if not first or first.startswith("#"):
                continue
            if first[0].isalpha():
                if first in ("verts", "delete_verts"):
                    section = first
                elif first in ("x_scale", "y_scale", "z_scale"):
                    scales[first[0]] = (int(rest[0]), int(rest[1]), float(rest[2]))
                elif rest:
                    words[first] = rest[0]
            elif section == "verts":
                numbers = [float(word) for word in (first, *rest)]
                rows.append(numbers if len(numbers) == 9 else [numbers[0]] * 3 + [1.0] + [0.0] * 5)
            elif section == "delete_verts":
                hides |= vertex_ranges(line)
        mesh = read_obj(path.parent / words["obj_file"])
        table = as_points(rows, 9)
        if len(table) != len(mesh.points):
            raise ValueError(f"{len(table)} fitted points for {len(mesh.points)}")
        scale = (scales["x"], scales["y"], scales["z"])
        material = path.parent / words["material"]
    except (ValueError, IndexError, KeyError) as error:
        raise UnreadableFile(
            f"{path} is no fitted mesh ({error}); replace it and its .obj file."
        ) from error
    corners = table[:, :3].astype(np.int64)
    return Garment(mesh, corners, table[:, 3:6], table[:, 6:], scale, frozenset(hides), material)


def vertex_ranges(line: str) -> set[int]:
    """The numbers of a line such as `3 7 - 9 12`."""
    found: set[int] = set()
    words = line.replace("-", " - ").split()
    for place, word in enumerate(words):
        if word == "-":
            found |= set(range(int(words[place - 1]), int(words[place + 1]) + 1))
        else:
            found.add(int(word))
    return found


def diffuse_texture(material: Path) -> Path | None:
    """The picture that a .mhmat file names, or None where it names none or it is not there."""
    if not material.exists():
        return None
    for line in read_lines(material):
        kind, *words = line.split(maxsplit=1) or [""]
        if kind == "diffuseTexture" and words:
            picture = material.parent / words[0].strip()
            return picture.resolve() if picture.exists() else None
    return None


def to_metres(points: Points) -> Points:
    """Decimetres, y up, looking along +z, to Blender's metres, z up, looking along -y."""
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=-1) / 10.0


def read_lines(path: Path) -> list[str]:
    """The stripped lines of a text file, gzipped or not.

    Raises:
        UnreadableFile: it is not there, or no text.
    """
    try:
        packed = path.read_bytes()
        text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} cannot be read ({error}); replace it.") from error
    return [line.strip() for line in text.splitlines()]


def as_points(rows: list[list[float]], width: int) -> Points:
    """A table of `width` columns, also without rows."""
    return np.array(rows, dtype=np.float64).reshape(-1, width)
