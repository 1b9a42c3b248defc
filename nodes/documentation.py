"""Writes the tables of docs/nodes from the declarations: python -m platekey.nodes.documentation.

A page is written by hand but for what stands between the two marks. Standard library, Python 3.7.
"""

import argparse
from pathlib import Path

from .clean import CLEAN
from .comp import COMP
from .declaration import Kind, Node, Parameter
from .matte import MATTE
from .tune import TUNE

NODES = (MATTE, CLEAN, COMP, TUNE)
BEGIN = "<!-- begin: made by python -m platekey.nodes.documentation, do not edit -->"
END = "<!-- end -->"


def tables(node: Node) -> str:
    """Returns the node's inputs, outputs and parameters as Markdown."""
    lines = ["## Inputs", "", "| input | on the command line | what it is |", "|---|---|---|"]
    for item in node.inputs:
        option = item.name.upper() if item.required else "--" + item.name.replace("_", "-")
        lines.append(f"| {item.label} | `{option}` | {item.description} |")
    lines += ["", "## Outputs", "", "| pass | channels | what it is |", "|---|---|---|"]
    for output in node.outputs:
        lines.append(f"| {output.label} | `{' '.join(output.channels)}` | {output.description} |")
    for group in node.groups:
        lines += ["", f"## {group}", ""]
        lines += ["| setting | on the command line | default | range | what it does |"]
        lines += ["|---|---|---|---|---|"]
        lines += [_row(parameter) for parameter in node.parameters if parameter.group == group]
    return "\n".join(lines)


def page_with_tables(page: str, node: Node) -> str:
    """Returns the page with the node's tables between the marks.

    Raises:
        ValueError: the page lacks a mark.
    """
    if BEGIN not in page or END not in page:
        raise ValueError(f"the page of {node.name} lacks its marks; put in {BEGIN} and {END}")
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{tables(node)}\n\n{END}{after}"


def _row(parameter: Parameter) -> str:
    name = parameter.option[2:]
    option = f"--no-{name}" if parameter.default is True else f"--{name}"
    default, explained = str(parameter.default), parameter.tooltip
    if parameter.kind is Kind.BOOL:
        default = "on" if parameter.default else "off"
    if parameter.choices:
        explained += " " + " ".join(
            f"`{item.value}`: {item.description}" for item in parameter.choices
        )
    cells = (parameter.label, f"`{option}`", default, parameter.range_text, explained)
    return "| " + " | ".join(cell or "(empty)" for cell in cells) + " |"


def main() -> None:
    """Rewrites the tables of every node's page."""
    parser = argparse.ArgumentParser(description="Rewrites the tables of docs/nodes.")
    parser.add_argument("folder", nargs="?", default="docs/nodes", help="default: %(default)s")
    folder = Path(parser.parse_args().folder)
    for node in NODES:
        path = folder / f"{node.name}.md"
        path.write_text(page_with_tables(path.read_text(encoding="utf-8"), node), encoding="utf-8")


if __name__ == "__main__":
    main()
