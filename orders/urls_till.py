from django.urls import path

from orders import views_till

urlpatterns = [
    path("till/sales/", views_till.TillSaleView.as_view(), name="till-sales"),
    path("till/returns/", views_till.TillReturnView.as_view(), name="till-returns"),
    path("till/orders/<slug:number>/", views_till.TillOrderView.as_view(), name="till-order"),
    path(
        "till/orders/<slug:number>/hand-over/", views_till.TillHandOverView.as_view(), name="till-hand-over"
    ),
    path(
        "orders/<slug:number>/fulfilments/",
        views_till.FulfilmentListView.as_view(),
        name="order-fulfilments",
    ),
    path(
        "orders/<slug:number>/fulfilments/<int:fulfilment_id>/complete/",
        views_till.FulfilmentCompleteView.as_view(),
        name="fulfilment-complete",
    ),
]
