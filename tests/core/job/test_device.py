"""Which device a name means."""

import pytest
import torch

from platekey.core.errors import DeviceError
from platekey.core.job import device
from platekey.core.job.device import choose_device


@pytest.fixture
def gpus(monkeypatch):
    """Pretends that so many GPUs are seen, which compute, or do not."""

    def see(count, works=True):
        def ones(size, device):
            if not works:
                raise RuntimeError("CUDA driver version is insufficient\nmore")
            return torch.zeros(size)

        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(device.torch, "ones", ones)

    return see


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("auto", 0, "cpu"),
        ("auto", 2, "cuda:0"),
        ("cpu", 2, "cpu"),
        ("cuda", 1, "cuda:0"),
        ("cuda:1", 2, "cuda:1"),
    ],
)
def test_a_name_means_a_device(gpus, name, count, expected):
    gpus(count)
    assert choose_device(name) == torch.device(expected)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gpu", "device is 'gpu'; it must be auto, cpu, cuda or cuda:N"),
        ("cuda:", "it must be auto"),
        ("cuda:-1", "it must be auto"),
        ("cpu:0", "it must be auto"),
        ("cuda:1", "device is cuda:1, but torch sees 1 CUDA devices"),
    ],
)
def test_a_device_that_is_not_there_is_refused(gpus, name, sentence):
    gpus(1)
    with pytest.raises(DeviceError, match=sentence):
        choose_device(name)


def test_a_gpu_that_does_not_work_is_told_or_left_alone(gpus, caplog):
    gpus(1, works=False)
    with pytest.raises(DeviceError, match="cuda:0 does not work .CUDA driver version is insuff"):
        choose_device("cuda")
    assert choose_device("auto") == torch.device("cpu")
    assert "The CPU is used" in caplog.text


def test_hidden_gpus_are_not_used(gpus):
    gpus(0)  # what CUDA_VISIBLE_DEVICES= makes of any machine
    with pytest.raises(DeviceError, match="torch sees 0 CUDA devices; use auto or cpu"):
        choose_device("cuda:0")
