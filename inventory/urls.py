from django.urls import path

from inventory import views

urlpatterns = [
    path("availability/", views.AvailabilityView.as_view(), name="availability"),
    path("availability/<str:sku>/locations/", views.NearestLocationsView.as_view(), name="nearest-locations"),
    path("locations/", views.LocationListView.as_view(), name="locations"),
    path("locations/<slug:code>/", views.LocationView.as_view(), name="location"),
    path("stock/levels/", views.StockLevelListView.as_view(), name="stock-levels"),
    path("stock/receipts/", views.ReceiptView.as_view(), name="stock-receipts"),
    path("stock/adjustments/", views.AdjustmentView.as_view(), name="stock-adjustments"),
    path("stock/transfers/", views.TransferView.as_view(), name="stock-transfers"),
]
