from django.urls import path

from orders import converters as converters  # `number`, by being imported
from orders import views_till

urlpatterns = [
    path("till/orders/<number:number>/", views_till.TillOrderView.as_view(), name="till-order"),
    path(
        "orders/<number:number>/fulfilments/",
        views_till.FulfilmentListView.as_view(),
        name="order-fulfilments",
    ),
    path(
        "orders/<number:number>/fulfilments/<int:fulfilment_id>/complete/",
        views_till.FulfilmentCompleteView.as_view(),
        name="fulfilment-complete",
    ),
    path(
        "orders/<number:number>/fulfilments/<int:fulfilment_id>/reject/",
        views_till.FulfilmentRejectView.as_view(),
        name="fulfilment-reject",
    ),
]
