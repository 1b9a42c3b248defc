import numpy as np

from platekey.core.plate.check import Maps
from platekey.core.plate.findings import Finding, Verdict
from platekey.core.review.pair_sheet import pair_sheet

FINDINGS = (
    Finding("exposure", Verdict.GOOD, 0.0, "stops", "The plate is +0.00 stops off."),
    Finding("shadow", Verdict.BAD, 2.5, "stops", "There is a shadow.", "Soften the light. " * 20),
)


def sheet(shadow):
    plate = np.full((90, 160, 3), 0.2)
    subject = np.zeros((90, 160), bool)
    subject[30:60, 60:100] = True
    nothing = np.zeros_like(subject)
    words = (Verdict.BAD, "This pair will not key well: see shadow.")
    maps = Maps(subject, nothing, shadow, nothing)
    return pair_sheet("a shot", words, FINDINGS, plate, plate, maps)


def test_weak_places_are_drawn_in_their_colour_over_the_plate(tmp_path):
    nowhere = np.zeros((90, 160), bool)
    shadow = nowhere.copy()
    shadow[70:85, 100:150] = True
    with_shadow, without = sheet(shadow)._pixels, sheet(nowhere)._pixels
    changed = (with_shadow != without).any(2)
    rows, columns = np.nonzero(changed)
    assert columns.min() > 2 * with_shadow.shape[1] // 3  # in the third picture
    blue, red = with_shadow[changed][:, 2].mean(), with_shadow[changed][:, 0].mean()
    assert blue > red + 40
    path = tmp_path / "sheet.png"
    sheet(shadow).save(str(path))
    assert path.read_bytes()[:4] == b"\x89PNG"


def test_remedies_make_the_sheet_longer():
    tall = sheet(np.zeros((90, 160), bool))
    assert tall.height > 90 * 476 // 160 + 150
