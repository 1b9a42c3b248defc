import numpy as np
import pytest
import torch

from platekey.core.errors import OptionError
from platekey.core.lightstage.training.procedural import Kind, draw_subject, draw_texture


@pytest.mark.parametrize("kind", Kind)
def test_a_seed_reproduces_and_another_differs(kind):
    one, same, other = (draw_subject(seed, height=40, width=56, kind=kind) for seed in (3, 3, 4))
    assert torch.equal(one.alpha, same.alpha)
    assert torch.equal(one.premultiplied, same.premultiplied)
    assert not torch.equal(one.alpha, other.alpha)
    assert one.kind is kind


@pytest.mark.parametrize("kind", Kind)
def test_alpha_is_bounded_and_colour_is_where_alpha_is(kind):
    for seed in range(6):
        subject = draw_subject(seed, height=48, width=48, kind=kind)
        assert subject.alpha.shape == (1, 48, 48)
        assert subject.premultiplied.shape == (3, 48, 48)
        assert 0 <= float(subject.alpha.min()) <= float(subject.alpha.max()) <= 1
        assert bool(subject.premultiplied.isfinite().all())
        assert float(subject.premultiplied.min()) >= 0
        empty = (subject.alpha == 0).expand(3, -1, -1)
        assert float(subject.premultiplied[empty].sum()) == 0.0


def test_most_subjects_have_subject_and_background_and_edges_between():
    subjects = [draw_subject(seed, height=96, width=96) for seed in range(30)]
    coverage = torch.tensor([float(subject.alpha.mean()) for subject in subjects])
    soft = [bool(((subject.alpha > 0.02) & (subject.alpha < 0.98)).any()) for subject in subjects]
    assert int(((coverage > 0.005) & (coverage < 0.995)).sum()) >= 24
    assert sum(soft) >= 26
    assert {subject.kind for subject in subjects} == set(Kind)


def test_some_colours_are_brighter_than_white():
    brightest = [
        float(draw_subject(seed, height=32, width=32).premultiplied.max()) for seed in range(20)
    ]
    assert sum(value > 1 for value in brightest) >= 5


@pytest.mark.parametrize("kind", Kind)
def test_any_size_can_be_drawn(kind):
    for height, width in ((1, 1), (1, 30), (31, 7)):
        assert draw_subject(9, height=height, width=width, kind=kind).alpha.shape[1:] == (
            height,
            width,
        )


def test_textures_are_light():
    texture = draw_texture(np.random.default_rng(1), 20, 30)
    assert texture.shape == (3, 20, 30)
    assert float(texture.min()) > 0


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(OptionError, match="0x5"):
        draw_subject(1, height=5, width=0)
    with pytest.raises(OptionError, match="seed -1"):
        draw_subject(-1, height=5, width=5)
