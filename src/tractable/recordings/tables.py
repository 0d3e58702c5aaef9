"""One more item in a YAML table that people keep, every other line as it was."""

from collections.abc import Sequence
from typing import Any

import yaml

from tractable.contracts import BadInput


def with_item(text: str, way: Sequence[str], item: Any) -> str:
    """The text with one more item at the end of the list, or of the table, to which the keys lead.

    Parameters
    ----------
    item : of a list; of a table, ``{key: value}``. It is written in the style of the others.

    Raises
    ------
    BadInput : there is nothing yet after which it could stand.
    """
    node = node_at(text, way)
    if not isinstance(node, yaml.CollectionNode) or not node.value:
        raise BadInput(f"{': '.join(way)}: empty; take it out, or put the first item there by hand")
    of_list, at = isinstance(node, yaml.SequenceNode), end_of(last_of(node))
    whole = [item] if of_list else item
    flat = of_list or not any(isinstance(value, (dict, list)) for value in item.values())
    style = True if node.flow_style else False if flat else None
    new = yaml.safe_dump(whole, default_flow_style=style, sort_keys=False, width=10**6).rstrip()
    if node.flow_style:
        return f"{text[:at]}, {new[1:-1]}{text[at:]}"
    rest, newline, after = text[at:].partition("\n")
    margin = "\n" + " " * node.start_mark.column
    return text[:at] + rest + margin + new.replace("\n", margin) + newline + after


def node_at(text: str, way: Sequence[str]) -> yaml.Node:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in way:
        assert isinstance(node, yaml.MappingNode)
        node = next(value for name, value in node.value if name.value == key)
    assert node is not None
    return node


def last_of(node: yaml.CollectionNode) -> yaml.Node:
    return node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]


def end_of(node: yaml.Node) -> int:
    """Where a node ends; the mark of a list in lines stands behind the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        node = last_of(node)
    return node.end_mark.index
