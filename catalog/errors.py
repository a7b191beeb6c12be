"""What the catalogue refuses."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, InvalidField, NotFound, Refused


class UnknownSku(Refused):
    """No variant bears these: `skus` lists them, as they were given."""

    code = "unknown-sku"
    title = _("There are no such articles.")


class NotListed(Refused):
    """The channel does not sell these at this moment: `skus` lists them."""

    code = "not-listed"
    title = _("These articles are not on sale here.")


class TaxRateMissing(Refused):
    """The tax class of `skus` has no rate on `date`, so they can't be sold then."""

    code = "tax-rate-missing"
    title = _("There is no tax rate for this kind of goods.")


class ProductNotFound(NotFound):
    code = "product-not-found"
    title = _("There is no such product here.")


class CodeNotFound(NotFound):
    """`value` is no sku and no code of any variant."""

    code = "code-not-found"
    title = _("There is no article with this code.")


class InvalidCode(InvalidField):
    """A code breaks the rule of its kind: `field`, `rule` (`length`, `digits`, `check-digit`, …)."""

    code = "invalid-code"
    title = _("The code is not valid.")


class InvalidOption(InvalidField):
    """A variant's option breaks a rule: `field` is `options`, `name` is the option's."""

    code = "invalid-option"
    title = _("The option is not valid.")


class CodeTaken(Conflict):
    """`value` already names another variant, `sku`."""

    code = "code-taken"
    title = _("The code already names another article.")


class ListingOverlaps(Conflict):
    """The article already is on sale in that channel in that time: `field` and `rule` say where."""

    code = "listing-overlaps"
    title = _("The article already has a price at that time.")


class PriceOverlaps(Conflict):
    """There already is a price of that scope and kind in that time: `field` and `rule` say where."""

    code = "price-overlaps"
    title = _("There already is a price of this kind at that time.")


class PriceMissing(Refused):
    """`variant_id` would be on sale in `channel_id` without a price."""

    code = "price-missing"
    title = _("The article would be on sale without a price.")


class PriceInPast(InvalidField):
    """What was charged can't be changed any more: `field` names a moment before `now`."""

    code = "price-in-past"
    title = _("What was charged in the past stays as it was.")


class PriceNotFound(NotFound):
    code = "price-not-found"
    title = _("There is no such price here.")


class PriceTooFine(InvalidField):
    """A price has more decimals than its currency: `field` is `price`, `rule` `currency-unit`."""

    code = "price-too-fine"
    title = _("The price is finer than the currency's smallest unit.")


class BundleNested(Refused):
    """A component is a bundle, or the bundle is a component: `skus`."""

    code = "bundle-nested"
    title = _("A bundle can't hold another bundle.")


class ComponentKeepsNoStock(Refused):
    """No stock is kept of `skus`, so they can't limit what is sold."""

    code = "component-keeps-no-stock"
    title = _("No stock is kept of these articles, so they can't make up a bundle.")


class BundleHoldsStock(Conflict):
    """`sku` has stock of its own, or had some."""

    code = "bundle-holds-stock"
    title = _("This article has stock of its own, and can't be a bundle.")


class CategoryLoop(Refused):
    """A category can't stand below itself."""

    code = "category-loop"
    title = _("A category can't stand below itself.")
