"""Staff screens of the organisation: companies, places, channels, people and keys."""

from organisation.admin import history as history
from organisation.admin import keys as keys
from organisation.admin import people as people
from organisation.admin import places as places
