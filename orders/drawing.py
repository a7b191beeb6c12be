"""The tables of states as Mermaid diagrams, for the documentation."""

import re

from orders.states import MACHINES, Machine

BLOCK = re.compile(r"<!-- states of (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def draw_into(text: str) -> str:
    """The text with the diagram of each model anew between `<!-- states of order -->` and `<!-- end -->`."""
    by_name = {str(model._meta.model_name): machine for model, machine in MACHINES.items()}
    return BLOCK.sub(lambda found: _block(found[1], by_name[found[1]]), text)


def draw(machine: Machine) -> str:
    """A Mermaid state diagram: arrows carry the services, and `[*]` is where rows begin and end."""
    arrows = list(machine.arrows())
    left = {before for before, *_ in arrows}
    lines = [f"    {before or '[*]'} --> {after}: {', '.join(by)}" for before, after, by in arrows]
    ends = dict.fromkeys(after for _, after, _ in arrows if after not in left)
    return "\n".join(["stateDiagram-v2", *lines, *(f"    {state} --> [*]" for state in ends)])


def _block(name: str, machine: Machine) -> str:
    return f"<!-- states of {name} -->\n```mermaid\n{draw(machine)}\n```\n<!-- end -->"
