"""Operations of migrations that Django has not."""

from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState

from omni.core.operations import CreateModels


def referring(name: str, other: str) -> migrations.CreateModel:
    key = models.ForeignKey(f"core.{other}", models.CASCADE, null=True, related_name="+")
    return migrations.CreateModel(name, [("id", models.BigAutoField(primary_key=True)), ("other", key)])


BOTH = CreateModels([referring("Hen", "egg"), referring("Egg", "hen")])


def states() -> tuple[ProjectState, ProjectState]:
    """Those before and after, the one before rendered and changed, as a chain of migrations leaves it."""
    before = ProjectState()
    before.add_model(ModelState("core", "Farm", [("id", models.BigAutoField(primary_key=True))]))
    assert before.apps.get_model("core", "Farm")
    before.is_delayed = True
    after = before.clone()
    BOTH.state_forwards("core", after)
    return before, after


def foreign_keys() -> dict[str, str]:
    """The table that each of the two refers to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid IN (to_regclass('core_hen'), to_regclass('core_egg'))"
        )
        return dict(cursor.fetchall())


@pytest.mark.django_db
def test_models_that_refer_to_each_other_come_and_go_together() -> None:
    before, after = states()

    with connection.schema_editor() as editor:
        BOTH.database_forwards("core", editor, before, after)
    made = foreign_keys()
    with connection.schema_editor() as editor:
        BOTH.database_backwards("core", editor, after, before)

    assert made == {"core_hen": "core_egg", "core_egg": "core_hen"}
    assert connection.introspection.table_names().count("core_hen") == 0
    assert connection.introspection.table_names().count("core_egg") == 0


def test_models_are_rendered_once_and_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []
    render = ModelState.render

    def count(state: ModelState, apps: Any) -> Any:
        rendered.append(state.name)
        return render(state, apps)

    monkeypatch.setattr(ModelState, "render", count)
    before, after = states()
    rendered.clear()

    egg = after.apps.get_model("core", "Egg")

    assert sorted(rendered) == ["Egg", "Farm", "Hen"]
    assert egg._meta.get_field("other").related_model is after.apps.get_model("core", "Hen")
    after.clear_delayed_apps_cache()
    assert after.apps.get_model("core", "Egg") is egg
    assert not [model for model in before.apps.get_models() if model.__name__ != "Farm"]
