import numpy as np

from platekey.core.lightstage.scene.points import normalise, shorten


def test_normalised_vectors_keep_their_direction_and_have_length_1():
    unit = normalise(np.array([[[0.0, 3.0, -4.0]], [[2.0, 0.0, 0.0]]]))
    np.testing.assert_allclose(unit, [[[0.0, 0.6, -0.8]], [[1.0, 0.0, 0.0]]])


def test_shortened_locks_end_where_they_should():
    line = np.zeros((1, 5, 3))
    line[0, :, 0] = np.linspace(0.0, 4.0, 5)
    half, whole = shorten(line, np.array([[0.5, 1.0]]))[0]
    np.testing.assert_allclose(half[:, 0], np.linspace(0.0, 2.0, 5))
    np.testing.assert_allclose(whole[:, 0], np.linspace(0.0, 4.0, 5))
