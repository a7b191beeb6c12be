from django.urls import path

from orders import converters as converters  # `number`, by being imported
from tills import views, views_drawer, views_offline, views_parked

urlpatterns = [
    path("till/sign-in/", views_drawer.TillSignInView.as_view(), name="till-sign-in"),
    path("till/session/", views_drawer.TillSessionView.as_view(), name="till-session"),
    path("till/session/movements/", views_drawer.TillMovementView.as_view(), name="till-movements"),
    path("till/session/checks/", views_drawer.TillCheckView.as_view(), name="till-checks"),
    path("till/session/close/", views_drawer.TillCloseView.as_view(), name="till-close"),
    path("till/snapshot/", views_offline.TillSnapshotView.as_view(), name="till-snapshot"),
    path(
        "till/receipt-numbers/", views_offline.TillReceiptNumbersView.as_view(), name="till-receipt-numbers"
    ),
    path("till/journal/", views_offline.TillJournalView.as_view(), name="till-journal"),
    path("till/sales/", views.TillSaleView.as_view(), name="till-sales"),
    path("till/sales/<number:number>/void/", views.TillVoidView.as_view(), name="till-void"),
    path("till/exchanges/", views_parked.TillExchangeView.as_view(), name="till-exchanges"),
    path("till/parked-sales/", views_parked.TillParkedListView.as_view(), name="till-parked-sales"),
    path(
        "till/parked-sales/<int:parked_id>/resume/",
        views_parked.TillParkedResumeView.as_view(),
        name="till-parked-resume",
    ),
    path("till/quotes/", views.TillQuoteView.as_view(), name="till-quotes"),
    path("till/returns/", views.TillReturnView.as_view(), name="till-returns"),
    path("till/orders/<number:number>/hand-over/", views.TillHandOverView.as_view(), name="till-hand-over"),
]
