"""Every method of the comparison by name: plate, clean plate and truth to a scored matte."""

from pathlib import Path

import numpy as np
import peers

from platekey.core.options import MatteOptions
from platekey.core.score.matte import Matte


def tensor(picture):
    """(H, W, 3) to (1, 3, H, W) float32."""
    import torch  # here, so that a script can say before how its threads wait

    return torch.from_numpy(np.ascontiguousarray(picture, dtype=np.float32)).permute(2, 0, 1)[None]


def array(tensor_):
    """(1, C, H, W) to (H, W, C) float64."""
    return tensor_[0].permute(1, 2, 0).double().numpy()


def matte(alpha, foreground):
    """A matte of an alpha and a straight foreground."""
    return Matte(alpha, foreground * alpha[..., None], foreground)


def platekey(frame):
    """`platekey solve --method difference`, in this process."""
    import torch

    from platekey.core.plate.conditioning import condition_clean_plate
    from platekey.core.solver.solve import solve_frame

    plate, clean = tensor(frame.plate), tensor(frame.clean)
    with torch.inference_mode():
        conditioned = condition_clean_plate(plate, clean)
        solution = solve_frame(plate, conditioned, MatteOptions())
    return matte(array(solution.alpha)[..., 0], array(solution.foreground))


def network_method(weights):
    """`platekey solve --method network --weights`, in this process."""
    import torch

    from platekey.core.network.model import fold_normalisation
    from platekey.core.network.weights import load_weights
    from platekey.core.plate.conditioning import condition_clean_plate
    from platekey.core.solver.by_network import solve_frame_by_network

    network = load_weights(Path(weights))[0]
    fold_normalisation(network)

    def solve(frame):
        plate, clean = tensor(frame.plate), tensor(frame.clean)
        beside = None if frame.beside is None else tuple(tensor(each) for each in frame.beside)
        with torch.inference_mode():
            conditioned = condition_clean_plate(plate, clean)
            solution = solve_frame_by_network(
                plate, conditioned, network, MatteOptions(), neighbours=beside
            )
        return matte(array(solution.alpha)[..., 0], array(solution.foreground))

    return solve


def difference_matte(frame):
    alpha = peers.difference_matte(frame.plate, frame.clean)
    return matte(alpha, peers.unmixed_foreground(frame.plate, frame.clean, alpha))


def image_based_keyer(frame):
    alpha = peers.image_based_keyer(frame.plate, frame.clean)
    return matte(alpha, peers.unmixed_foreground(frame.plate, frame.clean, alpha))


def closed_form_automatic(frame):
    alpha = peers.closed_form(frame.plate, peers.automatic_trimap(frame.plate, frame.clean))
    return matte(alpha, peers.multilevel_foreground(frame.plate, alpha))


def closed_form_true(frame):
    alpha = peers.closed_form(frame.plate, peers.true_trimap(frame.truth.alpha))
    return matte(alpha, peers.multilevel_foreground(frame.plate, alpha))


METHODS = {
    "network": None,  # needs weights: see network_method
    "platekey": platekey,
    "difference": difference_matte,
    "ibk": image_based_keyer,
    "closed-form": closed_form_automatic,
    "closed-form true": closed_form_true,
}
KNOWS_THE_TRUTH = {"closed-form true"}
HEADINGS = {
    "network": "platekey, network",
    "platekey": "platekey, difference",
    "difference": "(a) difference matte",
    "ibk": "(b) image-based keyer",
    "closed-form": "(c) closed-form, automatic trimap",
    "closed-form true": "(d) closed-form, true trimap",
}
