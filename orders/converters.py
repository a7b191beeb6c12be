"""How an order's number stands in an address: `<number:number>`."""

from django.urls import register_converter
from django.urls.converters import StringConverter

from orders.numbers import SEPARATOR, WORD


class NumberConverter(StringConverter):
    regex = rf"{WORD}+(?:\{SEPARATOR}{WORD}+)?"


register_converter(NumberConverter, "number")
