"""A bundle has no level of its own, and what has one is no bundle."""

from django.db import migrations

# A new level shares a lock with its variant, which `set_components` holds while it makes it a bundle:
# so neither can miss the other. Levels are made rarely; a sale only updates them.
NO_STOCK = """
CREATE FUNCTION inventory_refuse_stock_of_bundles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM catalog_variant WHERE id = NEW.variant_id FOR SHARE;
    IF EXISTS (SELECT FROM catalog_component WHERE bundle_id = NEW.variant_id) THEN
        RAISE EXCEPTION 'variant % is a bundle, and holds no stock', NEW.variant_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bundles_hold_no_stock',
                  TABLE = 'inventory_stocklevel';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stock_level_of_no_bundle BEFORE INSERT ON inventory_stocklevel
    FOR EACH ROW EXECUTE FUNCTION inventory_refuse_stock_of_bundles();

CREATE FUNCTION inventory_refuse_bundles_of_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM inventory_stocklevel WHERE variant_id = NEW.bundle_id) THEN
        RAISE EXCEPTION 'variant % has stock of its own, and can be no bundle', NEW.bundle_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bundles_hold_no_stock',
                  TABLE = 'catalog_component';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER bundle_without_stock BEFORE INSERT OR UPDATE OF bundle_id ON catalog_component
    FOR EACH ROW EXECUTE FUNCTION inventory_refuse_bundles_of_stock();
"""

NO_STOCK_BACKWARD = """
DROP TRIGGER bundle_without_stock ON catalog_component;
DROP FUNCTION inventory_refuse_bundles_of_stock();
DROP TRIGGER stock_level_of_no_bundle ON inventory_stocklevel;
DROP FUNCTION inventory_refuse_stock_of_bundles();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0012_reservation_notes"), ("catalog", "0006_no_bundle_in_a_bundle")]

    operations = [migrations.RunSQL(NO_STOCK, NO_STOCK_BACKWARD)]
