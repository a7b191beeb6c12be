from django.urls import path

from connectors import views

urlpatterns = [
    # Counterparts are told this address without a slash at its end; a redirect would lose the body.
    path("webhooks/<slug:connection>/orders", views.InboundOrderView.as_view(), name="inbound-orders"),
    path("till-feed/<slug:connection>/batches", views.TillBatchView.as_view(), name="till-batches"),
    path("till-feed/<slug:connection>/gaps", views.TillGapsView.as_view(), name="till-gaps"),
]
