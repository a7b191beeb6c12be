"""A new customer record is its own person."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION customers_own_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.person_id := NEW.id;
    RETURN NEW;
END $$;

CREATE TRIGGER customer_own_person BEFORE INSERT ON customers_customer
    FOR EACH ROW WHEN (NEW.person_id IS NULL) EXECUTE FUNCTION customers_own_person();
"""

BACKWARD = """
DROP TRIGGER customer_own_person ON customers_customer;
DROP FUNCTION customers_own_person();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
