from django.urls import path

from inventory import views, views_counts, views_goods, views_lots

SECTION = "stock/takes/<str:number>/sections/<str:section>"

urlpatterns = [
    path("availability/", views.AvailabilityView.as_view(), name="availability"),
    path("availability/<str:sku>/locations/", views.NearestLocationsView.as_view(), name="nearest-locations"),
    path("locations/", views.LocationListView.as_view(), name="locations"),
    path("locations/<slug:code>/", views.LocationView.as_view(), name="location"),
    path("stock/levels/", views.StockLevelListView.as_view(), name="stock-levels"),
    path("stock/lots/", views_lots.LotStockListView.as_view(), name="stock-lots"),
    path("stock/lots/counts/", views_lots.LotCountView.as_view(), name="stock-lot-counts"),
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
    path("stock/counts/", views_counts.CountSheetListView.as_view(), name="stock-counts"),
    path("stock/counts/<str:number>/", views_counts.CountSheetView.as_view(), name="stock-count"),
    path(
        "stock/counts/<str:number>/lines/", views_counts.CountLineListView.as_view(), name="stock-count-lines"
    ),
    path(
        "stock/counts/<str:number>/records/",
        views_counts.CountRecordView.as_view(),
        name="stock-count-records",
    ),
    path(
        "stock/counts/<str:number>/submit/",
        views_counts.CountSubmitView.as_view(),
        name="stock-count-submit",
    ),
    path("stock/takes/", views_counts.StockTakeListView.as_view(), name="stock-takes"),
    path(f"{SECTION}/scans/", views_counts.ScanView.as_view(), name="stock-take-scans"),
    path(f"{SECTION}/submit/", views_counts.SectionSubmitView.as_view(), name="stock-take-submit"),
]
