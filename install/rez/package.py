# ruff: noqa: D100, D103, F821 - rez defines the names, and reads the comments as they are
# mypy: disable-error-code="name-defined, no-untyped-def"
# In this folder: rez build --install
name = "platekey"
version = "0.1.0"
description = "Alpha and foreground from a plate and its clean plate, in linear light"
tools = ["platekey"]
variants = [["platform-linux", "arch-x86_64"]]
build_requires = ["python-3.11"]
hashed_variants = True

# the installer writes nothing outside; PLATEKEY_TORCH is cpu, cuda or index
build_command = (
    "test -z {install} || python3 {root}/../install.py install --central "
    '--to "$REZ_BUILD_INSTALL_PATH/platekey" --torch "${{PLATEKEY_TORCH:-cpu}}"'
)


def commands():
    env.PATH.append("{root}/platekey/bin")
    env.NUKE_PATH.append("{root}/platekey/current/nuke")
    env.PLATEKEY_PYTHON = "{root}/platekey/current/environment/bin/python"
