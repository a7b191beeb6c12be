"""The shapes of a location's work queue."""

from typing import Any

from rest_framework import serializers

from orders.models import Fulfilment, FulfilmentKind, FulfilmentStep
from orders.serializers_till import HandOverSerializer
from orders.work_queue import MOST_SHOWN

TO_DO = [
    (state.value, state.label)
    for state in (Fulfilment.Status.RESERVED, Fulfilment.Status.PREPARED, Fulfilment.Status.READY)
]


class WorkQuery(serializers.Serializer[Any]):
    location = serializers.SlugField(
        max_length=32, required=False, help_text="For a key that is of no location; else its own."
    )
    status = serializers.ChoiceField(choices=TO_DO, required=False)
    overdue = serializers.BooleanField(default=False)
    code = serializers.CharField(
        max_length=64, required=False, help_text="What a buyer shows: the one fulfilment that it is of."
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_SHOWN, default=50)


class GoodsSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField(), help_text="By language.")
    quantity = serializers.IntegerField()


class WorkSerializer(serializers.Serializer[Any]):
    number = serializers.CharField(help_text="The order's.")
    fulfilment_id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=FulfilmentKind.choices)
    status = serializers.ChoiceField(choices=Fulfilment.Status.choices)
    location = serializers.CharField()
    next_step = serializers.ChoiceField(choices=FulfilmentStep.Step.choices)
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="When it should be accepted, or, once it is, ready."
    )
    overdue_at = serializers.DateTimeField(allow_null=True, help_text="Since when it is known to be late.")
    rerouted = serializers.BooleanField(help_text="Another location could not hand it over.")
    lines = GoodsSerializer(many=True)


class WorkQueueSerializer(serializers.Serializer[Any]):
    results = WorkSerializer(many=True)
    more = serializers.BooleanField(help_text="There is more than is shown.")


class WorkedSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    fulfilment_id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Fulfilment.Status.choices)
    step = serializers.ChoiceField(choices=FulfilmentStep.Step.choices)
    at = serializers.DateTimeField()
    ready_by = serializers.DateTimeField(allow_null=True)


class CollectSerializer(HandOverSerializer):
    code = serializers.CharField(max_length=64, help_text="What the buyer, or who comes for them, shows.")
