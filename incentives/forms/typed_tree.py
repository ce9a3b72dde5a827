"""What was typed, in the shape of the plan document: texts in lists and objects, named by their path.

A field's name is its path in the document (`components.0.tiers.3.to`), so that a problem found at a path is shown at
its field, and a posted form becomes the shape of the document again without knowing what the fields mean.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

# A text, a list of nodes, or an object of nodes by name.
Node = Any

_NAME = re.compile(r"[a-z][a-z_]*(?:\.(?:\d{1,3}|[a-z][a-z_]*)){0,9}")


def posted_tree(data: Mapping[str, str], roots: Iterable[str]) -> dict[str, Node]:
    """The fields of a posted form below some roots. Numbers left out by a removal close up."""
    wanted, tree = set(roots), dict[str, Node]()
    for name in data:
        if _NAME.fullmatch(name) and name.partition(".")[0] in wanted:
            _put(tree, name.split("."), data[name].strip())
    return {name: _closed(node) for name, node in tree.items()}


def _put(tree: dict[str, Node], path: list[str], text: str) -> None:
    for step in path[:-1]:
        below = tree.setdefault(step, {})
        if not isinstance(below, dict):
            return  # a name that is both a field and a group: no form of ours
        tree = below
    tree.setdefault(path[-1], text)


def _closed(node: Node) -> Node:
    """Objects whose names are all numbers are lists."""
    if not isinstance(node, dict):
        return node
    if node and all(name.isdigit() for name in node):
        return [_closed(node[name]) for name in sorted(node, key=int)]
    return {name: _closed(below) for name, below in node.items()}


def text_of(node: Node) -> str:
    return node if isinstance(node, str) else ""


def list_of(node: Node) -> list[Node]:
    return node if isinstance(node, list) else []


def object_of(node: Node) -> dict[str, Node]:
    return node if isinstance(node, dict) else {}


def at_path(node: Node, path: str) -> Node:
    """The node at a path; None where there is none."""
    for step in path.split(".") if path else ():
        if isinstance(node, list):
            node = node[int(step)] if step.isdigit() and int(step) < len(node) else None
        else:
            node = object_of(node).get(step)
    return node


def split_path(path: str) -> tuple[str, str]:
    """The path of what holds it, and its last step: 'components.0.tiers', '3'."""
    parent, _dot, last = path.rpartition(".")
    return parent, last
