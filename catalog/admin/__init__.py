"""Staff screens of the catalogue."""

from catalog.admin import prices as prices
from catalog.admin import products as products
from catalog.admin import taxes as taxes
from catalog.admin import trees as trees
from catalog.admin import variants as variants
