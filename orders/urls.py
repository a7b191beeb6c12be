from django.urls import include, path

from orders import converters as converters  # `number`, by being imported
from orders import views, views_carts, views_desk, views_options, views_payments

urlpatterns = [
    path("", include("orders.urls_till")),
    path("", include("orders.urls_documents")),
    path("", include("orders.urls_work")),
    path("me/cart/", views_carts.MyCartView.as_view(), name="my-cart"),
    path("carts/open/", views_carts.CartOpenView.as_view(), name="cart-open"),
    path("carts/<uuid:cart_id>/link/", views_carts.CartLinkView.as_view(), name="cart-link"),
    path("till/carts/", views_carts.TillCartView.as_view(), name="till-cart"),
    path("carts/", views.CartListView.as_view(), name="carts"),
    path("carts/<uuid:cart_id>/", views.CartView.as_view(), name="cart"),
    path("carts/<uuid:cart_id>/lines/", views.CartLineListView.as_view(), name="cart-lines"),
    path("carts/<uuid:cart_id>/lines/<int:line_id>/", views.CartLineView.as_view(), name="cart-line"),
    path("carts/<uuid:cart_id>/coupons/", views.CartCouponListView.as_view(), name="cart-coupons"),
    path("carts/<uuid:cart_id>/coupons/<str:code>/", views.CartCouponView.as_view(), name="cart-coupon"),
    path("carts/<uuid:cart_id>/quote/", views.QuoteView.as_view(), name="cart-quote"),
    path(
        "carts/<uuid:cart_id>/fulfilment-options/",
        views_options.FulfilmentOptionsView.as_view(),
        name="cart-fulfilment-options",
    ),
    path("carts/<uuid:cart_id>/checkout/", views.CheckoutView.as_view(), name="cart-checkout"),
    path("carts/<uuid:cart_id>/payment/", views_payments.CartPaymentView.as_view(), name="cart-payment"),
    path(
        "payments/<slug:account>/events/", views_payments.ProviderEventView.as_view(), name="provider-events"
    ),
    path("me/orders/", views.MyOrderListView.as_view(), name="my-orders"),
    path("me/orders/<number:number>/", views.MyOrderView.as_view(), name="my-order"),
    path("me/orders/<number:number>/cancel/", views.MyOrderCancelView.as_view(), name="my-order-cancel"),
    path(
        "me/orders/<number:number>/cancel-lines/",
        views_desk.MyOrderCancelLinesView.as_view(),
        name="my-order-cancel-lines",
    ),
    path("orders/<number:number>/cancel-lines/", views_desk.CancelLinesView.as_view(), name="cancel-lines"),
    path("me/orders/<number:number>/timeline/", views_desk.MyTimelineView.as_view(), name="my-timeline"),
    path("orders/<number:number>/timeline/", views_desk.TimelineView.as_view(), name="order-timeline"),
    path("orders/", views_desk.OrderSearchView.as_view(), name="orders"),
    path("orders/<number:number>/", views.GuestOrderView.as_view(), name="guest-order"),
]
