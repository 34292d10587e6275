from django.urls import path

from billing.sandbox import views

app_name = "billing_sandbox"
urlpatterns = [
    path("checkout/<str:session_id>/", views.checkout, name="checkout"),
    path("portal/<str:session_id>/", views.portal, name="portal"),
    path("invoices/<str:invoice_id>/", views.invoice, name="invoice"),
    path("invoices/<str:invoice_id>/pdf", views.invoice_pdf, name="invoice_pdf"),
]
