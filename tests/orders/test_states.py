"""The tables of states: complete, used, drawn; and nothing moves past them."""

import ast
from pathlib import Path

import pytest
from django.core.management import call_command

from orders import errors, states
from orders.models import Order, Payment

SERVICES = Path(__file__).resolve().parents[2] / "orders" / "services"


def test_a_row_takes_the_steps_of_its_table() -> None:
    order = Order(status="PENDING")

    states.move(order, Order.Status.PLACED)

    assert order.status == "PLACED"


def test_a_step_that_the_table_lacks_is_refused_and_the_row_stays() -> None:
    order = Order(status="COMPLETED")

    with pytest.raises(errors.WrongState) as refused:
        states.move(order, Order.Status.PLACED)

    assert refused.value.data() == {"of": "order", "state": "COMPLETED", "after": "PLACED"}
    assert order.status == "COMPLETED"


def test_a_service_is_asked_about_by_its_name() -> None:
    assert states.ORDER.allows("PLACED", by="cancel_order")
    assert not states.ORDER.allows("PENDING", by="cancel_order")
    assert states.PAYMENT.befores(by="hand_over") == (Payment.Status.PENDING,)


@pytest.mark.parametrize("machine", states.MACHINES.values(), ids=lambda machine: machine.model.__name__)
def test_states_are_the_models_and_services_exist(machine: states.Machine) -> None:
    named = {state for before, after, _ in machine.arrows() for state in (before, after) if state}
    functions = {
        node.name
        for path in SERVICES.glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }

    assert named <= set(machine.states.values)
    assert {service for *_, by in machine.arrows() for service in by} <= functions


def test_no_service_sets_a_state_past_the_tables() -> None:
    past = [
        f"{path.name}:{node.lineno}"
        for path in SERVICES.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
        and target.attr == "status"
        # Documents are no part of the tables.
        and ast.unparse(target) != "document.status"
    ]

    assert past == []


def test_the_diagrams_are_those_of_the_tables() -> None:
    call_command("draw_states", dry_run=True)
