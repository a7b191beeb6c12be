"""A channel's rules as other statements read them along."""

from dataclasses import fields

from orders.routing.problem import Weights

_COLUMNS = ", ".join(f"'{field.name}', rules.{field.name}" for field in fields(Weights))

# The weights as the text of a JSON object, NULL where a channel has no rules. Plan: one probe of the key.
RULES_OF = f"""SELECT json_build_object({_COLUMNS})::text FROM orders_routingrules AS rules
            WHERE rules.channel_id = {{channel}} AND rules.active"""
