from django.urls import path

from orders import converters as converters  # `number`, by being imported
from orders import views_documents as views

COPY = "orders/<number:number>/documents/<slug:document>/print/"
LIST = "orders/<number:number>/documents/"

urlpatterns = [
    path(f"me/{LIST}", views.MyDocumentListView.as_view(), name="my-documents"),
    path(f"me/{COPY}", views.MyDocumentPrintView.as_view(), name="my-document-print"),
    path(f"till/{LIST}", views.TillDocumentListView.as_view(), name="till-documents"),
    path(f"till/{COPY}", views.TillDocumentPrintView.as_view(), name="till-document-print"),
    path(LIST, views.GuestDocumentListView.as_view(), name="guest-documents"),
    path(COPY, views.GuestDocumentPrintView.as_view(), name="guest-document-print"),
]
