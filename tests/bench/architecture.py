"""Writes the table of packages of docs/architecture.md from the code: what each is, what it uses.

python tests/bench/architecture.py --page docs/architecture.md
"""

import argparse
import ast
from pathlib import Path

from fragments import replace_fragment

ROOT = Path(__file__).parents[2]
FOLDERS = ("plugin", "nodes", "core", "install")
CONTRACT = "core"  # errors, protocol, options: not named among what is used, for all use them


def packages():
    """Names of the packages that are told apart, as folders: core/job, nodes."""
    below = (path.parent for name in FOLDERS for path in (ROOT / name).glob("*/__init__.py"))
    return [*FOLDERS, *sorted(path.relative_to(ROOT).as_posix() for path in below)]


def imported(path):
    """Full names of all that a module imports; relative imports are of its own package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_of(folders, known):
    """The package that a path or a dotted name, in parts, belongs to; None if not ours."""
    return next((name for name in ("/".join(folders[:2]), folders[0]) if name in known), None)


def uses():
    """Each package with those that it imports."""
    known = packages()
    found = {name: set() for name in known}
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        own = package_of(path.relative_to(ROOT).parts, known)
        for name in imported(path):
            head, *rest = name.split(".")
            if head == "platekey" and rest:
                found[own].add(package_of(rest, known))
    return {name: sorted(of - {name, CONTRACT, None}) for name, of in found.items()}


def table():
    """The table, a row a package."""
    lines = ["| package | what it is | uses |", "|---|---|---|"]
    for name, others in sorted(uses().items()):
        doc = ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text("utf-8")))
        what = str(doc).split("\n")[0]
        lines.append(f"| `{name}` | {what} | {' '.join(f'`{other}`' for other in others)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--page", type=Path, required=True, help="the page with the marks")
    replace_fragment(parser.parse_args().page, "packages", table())


if __name__ == "__main__":
    main()
