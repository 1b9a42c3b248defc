"""Published primaries and white points of the scene-linear spaces that files name by numbers."""

from __future__ import annotations

from collections.abc import Sequence

# CIE 1931 x, y of red, green, blue and white, by interop id (docs/frames.md names the sources).
CHROMATICITIES: dict[str, tuple[float, ...]] = {
    "lin_rec709_scene": (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, 0.3127, 0.3290),
    "lin_rec2020_scene": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    "lin_p3d65_scene": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
    "lin_adobergb_scene": (0.640, 0.330, 0.210, 0.710, 0.150, 0.060, 0.3127, 0.3290),
    "lin_ap0_scene": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.0770, 0.32168, 0.33767),
    "lin_ap1_scene": (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767),
    "ocio:lin_awg3_scene": (0.6840, 0.3130, 0.2210, 0.8480, 0.0861, -0.1020, 0.3127, 0.3290),
    "ocio:lin_awg4_scene": (0.7347, 0.2653, 0.1424, 0.8576, 0.0991, -0.0308, 0.3127, 0.3290),
    "ocio:lin_sgamut3_scene": (0.730, 0.280, 0.140, 0.855, 0.100, -0.050, 0.3127, 0.3290),
    "ocio:lin_sgamut3cine_scene": (0.766, 0.275, 0.225, 0.800, 0.089, -0.087, 0.3127, 0.3290),
    "ocio:lin_vgamut_scene": (0.730, 0.280, 0.165, 0.840, 0.100, -0.030, 0.3127, 0.3290),
    "ocio:lin_rwg_scene": (
        0.780308, 0.304253, 0.121595, 1.493994, 0.095612, -0.084589, 0.3127, 0.3290,
    ),
}  # fmt: skip
_TOLERANCE = 0.002  # headers round to three or four digits; the closest two spaces differ by 0.01


def space_of(chromaticities: Sequence[float]) -> str | None:
    """Returns the interop id of the scene-linear space with these primaries and this white.

    Args:
        chromaticities: eight numbers, as in the EXR attribute of that name.
    """
    for space, published in CHROMATICITIES.items():
        if len(chromaticities) == len(published) and all(
            abs(found - known) <= _TOLERANCE
            for found, known in zip(chromaticities, published, strict=True)
        ):
            return space
    return None
