from django.urls import path

from loyalty import views

urlpatterns = [
    path("me/points/", views.PointsView.as_view(), name="me-points"),
    path("me/points/entries/", views.EntryListView.as_view(), name="me-point-entries"),
    path("till/members/<str:code>/", views.TillMemberView.as_view(), name="till-member"),
]
