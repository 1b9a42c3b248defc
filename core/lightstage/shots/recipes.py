"""The twenty shots: what is in each of them. No Blender in here.

Their subjects are held back from training: captures for training use seeds below HELD_BACK.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from platekey.core.errors import OptionError

HELD_BACK = 900_000  # seeds from here on are for tests
ROOMS = ("living", "library", "kitchen", "wall")
SCREENS = ("green", "blue")
OUTDOORS = ("park", "plaza", "forest", "sunset")
SUBJECTS = (
    "person",
    "creature",
    "cloth",
    "veil",
    "net",
    "foliage",
    "feathers",
    "glass",
    "smoke",
)
LIGHTS = ("soft", "sun", "mixed", "dim", "backlight", "sky")  # sky: that of the panorama
MOTIONS = ("still", "turn", "walk", "sway", "rise")
Gains = tuple[float, float, float]


@dataclass(frozen=True)
class Shot:
    """One shot. Lengths are metres, times frames.

    Attributes:
        name: of its folder.
        set: one of ROOMS, SCREENS, OUTDOORS.
        subject: one of SUBJECTS.
        seed: HELD_BACK or more; of subject, set, camera and noise.
        light: one of LIGHTS.
        tags: what is hard about it.
        frames: how many.
        framing: height of the frame at the subject.
        lens: focal length in millimetres.
        f_stop: 0 for everything in focus.
        wall: distance of the wall behind the subject.
        colour: of wall or paper, linear; None for the set's own.
        alike: what the subject wears has the wall's colour.
        handheld: standard deviation of the camera's place and aim from frame to frame.
        clean_moved: how far to the side the camera of the clean plate stands.
        motion: one of MOTIONS.
        speed: of the motion; 1 is about 1 % of the frame's height a frame.
        shutter: share of a frame that it is open; 0 for no motion blur.
        clean_gain: what another exposure and white balance do to the clean plate's R, G, B.
        noise: standard deviation of the sensor's noise, in those of SensorNoise.
    """

    name: str
    set: str
    subject: str
    seed: int
    light: str
    tags: tuple[str, ...]
    frames: int = 3
    framing: float = 0.9
    lens: float = 50.0
    f_stop: float = 0.0
    wall: float = 2.0
    colour: Gains | None = None
    alike: bool = False
    handheld: float = 0.0
    clean_moved: float = 0.0
    motion: str = "turn"
    speed: float = 1.0
    shutter: float = 0.0
    clean_gain: Gains = (1.0, 1.0, 1.0)
    noise: float = 1.0

    def __post_init__(self) -> None:
        """Refuses what cannot be rendered."""
        for name, known in (
            ("set", ROOMS + SCREENS + OUTDOORS),
            ("subject", SUBJECTS),
            ("light", LIGHTS),
            ("motion", MOTIONS),
        ):
            if getattr(self, name) not in known:
                raise OptionError(
                    f"{name} of shot {self.name} is {getattr(self, name)!r}, but there are "
                    f"{', '.join(known)}; name one."
                )
        for name, low, high in (
            ("seed", HELD_BACK, 2**31 - 1),
            ("frames", 1, 1000),
            ("framing", 0.1, 10.0),
            ("lens", 8.0, 400.0),
            ("f_stop", 0.0, 64.0),
            ("wall", 0.3, 10.0),
            ("handheld", 0.0, 0.5),
            ("clean_moved", -0.5, 0.5),
            ("shutter", 0.0, 1.0),
            ("noise", 0.0, 100.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise OptionError(
                    f"{name} of shot {self.name} is {value}, but it has to be {low} to {high}; "
                    "give one of these."
                )
        if (self.light == "sky") != (self.set in OUTDOORS):
            raise OptionError(
                f"shot {self.name} has the light {self.light} in the set {self.set}, but sky "
                "belongs to sets with a panorama and only there; change one."
            )

    @property
    def passes(self) -> tuple[str, ...]:
        """The names of its passes, in the order of rendering."""
        numbers = range(1, self.frames + 1)
        frames = [f"{kind}.{number:04d}.exr" for number in numbers for kind in ("fg", "bgs")]
        return ("clean.0001.exr", *frames)


@dataclass(frozen=True)
class Quality:
    """How a shot is rendered.

    Attributes:
        width: pixels.
        height: pixels.
        samples: a pixel of the subject's pass, at most.
        set_samples: a pixel of the denoised backgrounds, at most.
    """

    width: int = 512
    height: int = 288
    samples: int = 32
    set_samples: int = 16

    def __post_init__(self) -> None:
        """Refuses what cannot be rendered."""
        for name, low, high in (
            ("width", 16, 16384),
            ("height", 16, 16384),
            ("samples", 1, 65536),
            ("set_samples", 1, 65536),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise OptionError(
                    f"{name} is {value}, but it has to be {low} to {high}; give one of these."
                )


def settings(shot: Shot, quality: Quality) -> dict[str, Any]:
    """What is stored beside a shot's passes, as JSON has it."""
    recipe = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(shot).items()}
    return {"recipe": recipe, "quality": asdict(quality)}


def missing_passes(folder: Path, shot: Shot) -> list[str]:
    """The names of the passes that are still to be rendered, in order."""
    return [name for name in shot.passes if not (folder / name).exists()]


def find(names: list[str]) -> tuple[Shot, ...]:
    """The shots of these names; all of them if there are none.

    Raises:
        OptionError: a name that no shot has.
    """
    table = {shot.name: shot for shot in SHOTS}
    for name in names:
        if name not in table:
            raise OptionError(f"there is no shot {name!r}, but {', '.join(table)}; name one.")
    return tuple(table[name] for name in names) if names else SHOTS


SHOTS = (
    Shot("room_turn", "living", "person", 900_105, "soft", ("hair",)),
    Shot("room_handheld", "living", "person", 900_002, "soft", ("hair", "handheld", "parallax"),
         handheld=0.006, clean_moved=0.012),
    Shot("room_window", "living", "person", 900_104, "backlight", ("hair", "highlights"),
         framing=1.1, lens=35.0),
    Shot("library_dim", "library", "person", 900_111, "dim", ("hair", "noise"), noise=2.0),
    Shot("library_mixed", "library", "person", 900_005, "mixed", ("hair", "clean plate drift"),
         clean_gain=(1.10, 1.0, 0.9), f_stop=2.8),
    Shot("wall_shadow", "wall", "person", 900_006, "sun", ("hard shadow",), wall=0.55,
         framing=1.1, clean_moved=0.0),
    Shot("wall_alike", "wall", "person", 900_101, "soft", ("colour coincidence",), wall=1.2,
         colour=(0.30, 0.17, 0.10), alike=True),
    Shot("wall_bounce", "wall", "cloth", 900_008, "soft", ("bounce", "threads"), wall=0.45,
         framing=1.1, colour=(0.55, 0.05, 0.03), motion="sway"),
    Shot("green_hair", "green", "person", 900_106, "soft", ("hair", "spill")),
    Shot("blue_creature", "blue", "creature", 900_010, "backlight", ("fur", "spill"),
         framing=1.25),
    Shot("green_veil", "green", "veil", 900_011, "soft", ("transparency", "spill"),
         motion="sway"),
    Shot("park_walk", "park", "person", 900_012, "sky", ("motion blur", "sun"), framing=1.9,
         lens=35.0, motion="walk", speed=3.0, shutter=0.5),
    Shot("plaza_shallow", "plaza", "person", 900_013, "sky", ("hair", "shallow focus"),
         f_stop=1.4, lens=85.0),
    Shot("forest_branch", "forest", "foliage", 900_014, "sky", ("leaves", "handheld"),
         handheld=0.008, clean_moved=0.02, motion="sway"),
    Shot("sunset_backlight", "sunset", "person", 900_015, "sky", ("hair", "highlights"),
         lens=35.0),
    Shot("library_creature", "library", "creature", 900_016, "soft", ("fur", "clean plate drift"),
         framing=1.25, clean_gain=(0.86, 0.86, 0.86)),
    Shot("kitchen_glass", "kitchen", "glass", 900_017, "soft", ("transparency", "highlights"),
         framing=0.55, motion="turn"),
    Shot("kitchen_smoke", "kitchen", "smoke", 900_018, "soft", ("transparency",),
         framing=0.8, motion="rise"),
    Shot("living_net", "living", "net", 900_019, "mixed", ("thin yarn", "shadow"), wall=1.0,
         motion="sway"),
    Shot("wall_feathers", "wall", "feathers", 900_025, "sun", ("feathers", "motion blur"),
         wall=0.8, framing=0.75, motion="sway", speed=3.0, shutter=0.6),
)  # fmt: skip
