"""What search compares as functions of the database, so that names can be indexed as they are."""

from django.db import migrations

# The order of `omni.core.text`: each katakana has its hiragana 96 places before it.
KATAKANA = "".join(chr(code) for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE))
HIRAGANA = "".join(chr(ord(kana) - 96) for kana in KATAKANA)

FORWARD = f"""
CREATE FUNCTION core_folded(given text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(translate(lower(normalize(given, NFKC)), '{KATAKANA}', '{HIRAGANA}'), '[\\s・·]+', '', 'g');

CREATE FUNCTION core_digits(given text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(normalize(given, NFKC), '[^0-9]', '', 'g');
"""
BACKWARD = "DROP FUNCTION core_digits(text); DROP FUNCTION core_folded(text)"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_squashed_0002_immutable_rows")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
