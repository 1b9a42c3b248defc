import pytest
import torch

from platekey.core.errors import OutputError
from platekey.core.train.stored_samples import StoredSamples


class Counted:
    """Samples that say their number, and how often each was made."""

    def __init__(self):
        self.made = []

    def __getitem__(self, number):
        self.made.append(number)
        ramp = torch.arange(32.0).view(1, 1, 32) + 100 * number
        return {
            "plate": ramp.expand(3, 2, 32).clone(),
            "noise_gain": torch.full((3, 1, 1), 1e-9),
            "bright": torch.full((1, 8, 8), 1e9),
        }


def stored(source, folder, **more):
    return StoredSamples(source, folder, "some", **{"replay": 4, "seed": 3, **more})


def number_of(sample):
    return int(sample["plate"].min()) // 100


def test_a_sample_is_made_once_and_seen_about_as_often_as_said(tmp_path):
    source = Counted()
    samples = stored(source, tmp_path)
    numbers = [number_of(samples[visit]) for visit in range(80)]
    assert sorted(source.made) == sorted(set(source.made)) == sorted(set(numbers))
    assert max(numbers) == 19
    assert all(number <= visit // 4 for visit, number in enumerate(numbers))


def test_with_a_pool_the_first_visits_draw_from_all_of_it(tmp_path):
    source = Counted()
    samples = StoredSamples(source, tmp_path, "drawn", replay=4, seed=3, pool=1000)
    for visit in range(8):
        assert samples[visit]["plate"].shape == (3, 2, 32)
    assert len(source.made) == 8
    assert source.made[0] == 1000
    assert source.made[4] == 1001


def test_a_visit_means_the_same_sample_in_another_process_and_after_a_loss(tmp_path):
    samples = stored(Counted(), tmp_path / "one")
    first = [samples[visit] for visit in range(12)]
    for file in sorted((tmp_path / "one").rglob("*.safetensors"))[:2]:
        file.unlink()
    again = [stored(Counted(), tmp_path / "one")[visit] for visit in range(12)]
    other = [stored(Counted(), tmp_path / "two")[visit] for visit in range(12)]
    for one, two, three in zip(first, again, other, strict=True):
        assert all(torch.equal(one[n], two[n]) and torch.equal(one[n], three[n]) for n in one)


def test_some_samples_are_mirrored(tmp_path):
    samples = stored(Counted(), tmp_path)
    falls = [bool((samples[visit]["plate"].diff(dim=-1) < 0).all()) for visit in range(30)]
    assert 5 < sum(falls) < 25


def test_small_numbers_stay_exact_and_bright_ones_finite(tmp_path):
    sample = stored(Counted(), tmp_path)[0]
    assert torch.equal(sample["noise_gain"], torch.full((3, 1, 1), 1e-9))
    assert torch.equal(sample["bright"], torch.full((1, 8, 8), 65504.0))
    assert sample["plate"].dtype == torch.float32


def test_a_damaged_file_is_made_again(tmp_path):
    source = Counted()
    samples = stored(source, tmp_path)
    whole = samples[0]
    next(tmp_path.rglob("*.safetensors")).write_bytes(b"no sample")
    assert torch.equal(samples[0]["plate"], whole["plate"])
    assert source.made == [0, 0]


def test_samples_of_other_settings_are_not_read(tmp_path):
    source = Counted()
    for name in ("some", "other"):
        StoredSamples(source, tmp_path, name, replay=2, seed=0)[0]
    assert source.made == [0, 0]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="make room"):
        stored(Counted(), tmp_path / "file")[0]
