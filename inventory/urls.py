from django.urls import path

from inventory import views, views_goods

urlpatterns = [
    path("availability/", views.AvailabilityView.as_view(), name="availability"),
    path("availability/<str:sku>/locations/", views.NearestLocationsView.as_view(), name="nearest-locations"),
    path("locations/", views.LocationListView.as_view(), name="locations"),
    path("locations/<slug:code>/", views.LocationView.as_view(), name="location"),
    path("stock/levels/", views.StockLevelListView.as_view(), name="stock-levels"),
    path("stock/receipts/", views.ReceiptView.as_view(), name="stock-receipts"),
    path("stock/adjustments/", views.AdjustmentView.as_view(), name="stock-adjustments"),
    path("stock/transfers/", views_goods.TransferListView.as_view(), name="stock-transfers"),
    path("stock/transfers/<str:number>/", views_goods.TransferView.as_view(), name="stock-transfer"),
    path("stock/transfers/<str:number>/ship/", views_goods.ShipView.as_view(), name="stock-transfer-ship"),
    path(
        "stock/transfers/<str:number>/receive/",
        views_goods.ReceiveTransferView.as_view(),
        name="stock-transfer-receive",
    ),
    path("stock/purchase-orders/", views_goods.PurchaseOrderListView.as_view(), name="stock-purchase-orders"),
    path(
        "stock/purchase-orders/<str:number>/",
        views_goods.PurchaseOrderView.as_view(),
        name="stock-purchase-order",
    ),
    path(
        "stock/purchase-orders/<str:number>/receive/",
        views_goods.ReceivePurchaseOrderView.as_view(),
        name="stock-purchase-order-receive",
    ),
]
