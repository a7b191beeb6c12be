"""No bundle within a bundle, whichever code writes it."""

from django.db import migrations

# Two writers at once are kept apart by their locks on the variants (`set_components`).
NESTING = """
CREATE FUNCTION catalog_refuse_nesting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM catalog_component WHERE bundle_id = NEW.component_id)
       OR EXISTS (SELECT FROM catalog_component WHERE component_id = NEW.bundle_id) THEN
        RAISE EXCEPTION 'variant % or % would be a bundle within a bundle', NEW.bundle_id, NEW.component_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_bundle_in_a_bundle',
                  TABLE = 'catalog_component';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER component_is_no_bundle BEFORE INSERT OR UPDATE OF bundle_id, component_id ON catalog_component
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_nesting();
"""

NESTING_BACKWARD = """
DROP TRIGGER component_is_no_bundle ON catalog_component;
DROP FUNCTION catalog_refuse_nesting();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_components")]

    operations = [migrations.RunSQL(NESTING, NESTING_BACKWARD)]
