"""A formula becomes steps that a host can build one after the other."""

from platekey.nodes.graph import OPERATIONS, Sketch


def blend():
    sketch = Sketch()
    front, back = sketch.input("front"), sketch.input("back")
    amount = sketch.parameter("amount")
    return sketch.graph("blend", picture=front * amount + back * (1 - amount))


def test_every_step_comes_after_what_it_takes():
    seen = set()
    for step in blend().steps:
        assert step.operation in OPERATIONS
        assert set(step.inputs) <= seen
        seen.add(step.name)
    assert blend().outputs["picture"] in seen


def test_a_graph_names_its_inputs_and_parameters():
    assert blend().inputs == ("front", "back")
    assert blend().parameters == ("amount",)


def test_the_same_operation_is_one_step():
    sketch = Sketch()
    alpha = sketch.input("alpha")
    first, second = (1 - alpha) * 2.0, (1 - alpha) * 2.0
    assert first.name == second.name
    assert len(sketch.graph("g", a=first).steps) == 5  # alpha, 1, 1 - alpha, 2, product


def test_a_number_on_the_left_keeps_its_side():
    sketch = Sketch()
    graph = sketch.graph("g", value=1 / sketch.input("x"))
    divide = graph.steps[-1]
    assert divide.operation == "divide"
    assert [
        step.operation for name in divide.inputs for step in graph.steps if step.name == name
    ] == [
        "constant",
        "input",
    ]
